import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scripts } from '../scripts/completions/scripts.ts';
import { everyCommand, wordsOf } from '../scripts/completions/words.ts';
import { commandTable, globalFlagTable, settingTable, withSection } from '../scripts/readme.ts';
import { completionFiles, type Shell } from '../src/commands/completion.ts';
import { buildWholeProgram } from '../src/program.ts';
import { run } from '../src/run.ts';
import { keys } from '../src/settings/keys.ts';
import { paperWorld } from './support/paper-world.ts';

// `npm run generate` writes these files anew; here they have to be as the command tree has them.

const program = wordsOf(await buildWholeProgram(paperWorld().world));
const shells = Object.entries(completionFiles) as [Shell, string][];

test.each(shells)('the %s script completes the commands as they are', async (shell, file) => {
  await expect(scripts[shell](program)).toMatchFileSnapshot(`../completions/${file}`);
});

test("the README's tables show the commands, flags and settings as they are", async () => {
  const tables = {
    commands: commandTable(program),
    flags: globalFlagTable(program),
    settings: settingTable(keys),
  };
  const readme = Object.entries(tables).reduce(
    (text, [name, table]) => withSection(text, name, table),
    readFileSync('README.md', 'utf8'),
  );
  await expect(readme).toMatchFileSnapshot('../README.md');
});

test('the table of commands shows where several names may stand', () => {
  const table = commandTable(program);
  for (const words of ['`stop NAME…`', '`create NAME…`', '`url NAME`', '`exec NAME PROGRAM…`']) {
    expect(table).toContain(words);
  }
});

test.each(everyCommand(program).map(({ path }) => path))(
  "the help of 'nubes-nb %s' is as it was read, and fits 80 columns",
  async (path) => {
    const { world, written } = paperWorld();
    const words = path.split(' ').filter((word) => word !== '');
    expect(await run([...words, '--help'], world)).toBe(0);

    expect(
      written()
        .split('\n')
        .filter(({ length }) => length > 80),
    ).toEqual([]);
    const file = words.join('-') || 'nubes-nb';
    await expect(written()).toMatchFileSnapshot(`golden/help/${file}.txt`);
  },
);
