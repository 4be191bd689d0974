import { NubesError } from '../../../errors.ts';

/** The error for an unknown or missing choice; its hint lists some of the available names. */
export function missing(
  noun: 'image' | 'size' | 'network',
  wanted: string | undefined,
  names: readonly string[],
): NubesError {
  if (wanted !== undefined) {
    const message = `There is no ${noun} named '${wanted}'.`;
    return new NubesError('NOT_FOUND', message, { hint: available(noun, names) });
  }
  if (names.length === 0) {
    return new NubesError('NOT_FOUND', `The project sees ${none(noun)}.`, {
      hint: 'ask your cloud team for one that your project may use',
    });
  }
  return new NubesError('USAGE', `No ${noun} is chosen.`, {
    hint: `--${noun} NAME, or nubes-nb config set notebook.${noun} NAME; ${available(noun, names)}`,
  });
}

export function available(noun: string, names: readonly string[]): string {
  return names.length === 0
    ? `the project sees ${none(noun)}`
    : `choose ${names.length === 1 ? '' : 'one of '}${some(names)}${details(noun)}`;
}

function none(noun: string): string {
  return `no ${noun} that a notebook can use`;
}

function details(noun: string): string {
  return noun === 'network' ? '' : ` (nubes-nb ${noun}s)`;
}

const maxNamesShown = 12;

export function some(names: readonly string[]): string {
  const sorted = [...new Set(names)].sort().map(quotedIfNeeded);
  const more = sorted.length - maxNamesShown;
  const shown = sorted.slice(0, maxNamesShown).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** A name with a comma would read as two. */
function quotedIfNeeded(name: string): string {
  return /[,'"]|^\s|\s$/.test(name) ? JSON.stringify(name) : name;
}
