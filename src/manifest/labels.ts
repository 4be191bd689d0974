import { NubesError } from '../errors.ts';
import { printable } from './positions.ts';

/** Nova's metadata takes such keys, and a label is one behind a prefix. */
const labelKey = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const longestValue = 255;

/** What `--label key=value`, given any number of times, says; a key has one value. Throws USAGE. */
export function labelsOf(texts: readonly string[] = []): Record<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of texts.map(labelOf)) {
    if (labels.has(key)) {
      throw new NubesError('USAGE', `The label '${key}' is given twice.`, {
        hint: `give --label ${key}=VALUE once: a notebook has one value of each key.`,
      });
    }
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}

function labelOf(text: string): [string, string] {
  const at = text.indexOf('=');
  const [key, value] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  const problem = at === -1 ? 'needs a value' : problemWith(key, value);
  if (problem === undefined) return [key, value];
  throw new NubesError('USAGE', `The label '${printable(text)}' ${problem}.`, {
    hint: '--label takes key=value, such as course=2026.',
  });
}

/** Why it cannot be a label, in words that follow its name; undefined when it can. */
export function problemWith(key: string, value: string): string | undefined {
  if (!labelKey.test(key)) return 'has a key that is not 1 to 63 of a-z, A-Z, 0-9, _, . and -';
  if (value === '') return 'needs a value';
  if (value.length > longestValue) return `has a value of more than ${longestValue} characters`;
  return /\p{Control}/u.test(value) ? 'has a value with control characters' : undefined;
}
