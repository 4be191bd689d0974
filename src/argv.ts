import type { Command } from 'commander';

interface Runner {
  /** How many arguments stand before the words of the other program. */
  readonly own: number;
  /** Options with a value, besides the global ones. */
  readonly valued: readonly string[];
}

/** The commands that run another program, whose words come last. */
export const runners: Readonly<Record<string, Runner>> = {
  exec: { own: 1, valued: [] },
  ssh: { own: 1, valued: [] },
  'sandbox run': { own: 0, valued: ['--as', '--release'] },
};

/** The arguments as commander takes them. `global`: the options of every command. */
export function commanderWords(argv: readonly string[], global: Command['options']): string[] {
  // `nubes-nb help` and `nubes-nb help create` are spellings of `--help`.
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  return namesNoCommand(argv, global) ? [...argv, 'status'] : withSeparator(argv, global);
}

/** `nubes-nb` alone, or with global flags that change what a command does. */
function namesNoCommand(argv: readonly string[], global: Command['options']): boolean {
  const valued = valuedFlags(global);
  let takesValue = false;
  for (const word of argv) {
    if (takesValue) {
      takesValue = false;
    } else {
      if (!word.startsWith('-') || /^(?:--|--?(?:h(?:elp)?|V|version))$/.test(word)) return false;
      takesValue = valued.includes(lastOption(word, valued));
    }
  }
  // A flag without its value would take the word that is added here.
  return !takesValue;
}

function valuedFlags(global: Command['options']): readonly (string | undefined)[] {
  return global.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
}

/** Puts `--` before the words of another program, so that its options are not taken for ours. */
function withSeparator(argv: readonly string[], global: Command['options']): string[] {
  const valued = valuedFlags(global);
  const words: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') break;
    const [name = '', runner] = runnerOf(words);
    if (word.startsWith('-') && word !== '-') {
      if ([...valued, ...(runner?.valued ?? [])].includes(lastOption(word, valued))) index += 1;
    } else if (runner !== undefined && words.length === name.split(' ').length + runner.own) {
      return [...argv.slice(0, index), '--', ...argv.slice(index)];
    } else {
      words.push(word);
    }
  }
  return [...argv];
}

function runnerOf(words: readonly string[]): readonly [name?: string, runner?: Runner] {
  const called = `${words.join(' ')} `;
  return Object.entries(runners).find(([name]) => called.startsWith(`${name} `)) ?? [];
}

/** `-o` of `-qo`, unless an earlier letter takes the rest as its value, as in `-oq`. */
function lastOption(word: string, valued: readonly (string | undefined)[]): string {
  if (!/^-[^-]./.test(word)) return word;
  const letters = [...word.slice(1)].map((letter) => `-${letter}`);
  const taking = letters.findIndex((letter) => valued.includes(letter));
  return taking === letters.length - 1 ? (letters[taking] ?? word) : word;
}
