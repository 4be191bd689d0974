import { expect, test } from 'vitest';
import { everyCommand, wordsOf } from '../../scripts/completions/words.ts';
import { buildWholeProgram } from '../../src/program.ts';
import { helpWorld } from '../support/help-world.ts';
import { changing, connecting, creating, reading } from './commands.ts';

/** They send no request, or a failed one is what they report: `doctor`. */
const others = /^(version|completion|config|context|sandbox|history|man|doctor)\b/;

test('the tables of faults have every command', async () => {
  const words = everyCommand(wordsOf(await buildWholeProgram(helpWorld().world)));
  const leaves = words.filter(({ commands }) => commands.length === 0).map(({ path }) => path);
  const rows = [...reading, ...creating, ...changing, ...connecting];
  const missing = leaves.filter(
    (path) =>
      !others.test(path) && !rows.some(({ words: row }) => `${row} `.startsWith(`${path} `)),
  );
  expect(missing).toEqual([]);
});
