import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scripts } from '../scripts/completions/scripts.ts';
import { everyCommand, wordsOf } from '../scripts/completions/words.ts';
import { commandReference, flagReference, settingReference, withSection } from '../scripts/docs.ts';
import { manPages } from '../scripts/man.ts';
import { completionFiles, type Shell } from '../src/commands/completion.ts';
import { buildWholeProgram } from '../src/program.ts';
import { run } from '../src/run.ts';
import { keys } from '../src/settings/keys.ts';
import { piecesOf } from '../src/terminal/pieces.ts';
import { helpWorld } from './support/help-world.ts';

// `npm run generate` rewrites these files; without it they must equal what the command tree gives.

const program = wordsOf(await buildWholeProgram(helpWorld().world));
const shells = Object.entries(completionFiles) as [Shell, string][];

test.each(shells)('the %s completion script matches the command tree', async (shell, file) => {
  await expect(scripts[shell](program)).toMatchFileSnapshot(`../completions/${file}`);
});

test('docs/commands.md matches the command tree', async () => {
  const page = withSection(
    withSection(readFileSync('docs/commands.md', 'utf8'), 'flags', flagReference(program)),
    'commands',
    await commandReference(program, helpOf),
  );
  await expect(page).toMatchFileSnapshot('../docs/commands.md');
});

test('the man pages match the command tree, and package.json lists them', async () => {
  const pages = await manPages(program, helpOf);
  for (const [file, text] of pages) await expect(text).toMatchFileSnapshot(`../man/${file}`);
  const files = [...pages.keys()].sort();
  expect(readdirSync('man').filter((file) => !pages.has(file))).toEqual([]);
  const { man } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(man).toEqual(files.map((file) => `man/${file}`));
});

test('docs/settings.md matches the settings', async () => {
  const page = readFileSync('docs/settings.md', 'utf8');
  await expect(withSection(page, 'settings', settingReference(keys))).toMatchFileSnapshot(
    '../docs/settings.md',
  );
});

test.each(everyCommand(program).map(({ path }) => path))(
  "the help of 'nubes-nb %s' matches its golden file and fits 80 columns",
  async (path) => {
    const help = await helpOf(path);

    expect(help.split('\n').filter(({ length }) => length > 80)).toEqual([]);
    const file = path.replaceAll(' ', '-') || 'nubes-nb';
    await expect(help).toMatchFileSnapshot(`golden/help/${file}.txt`);
  },
);

test.each([
  [20, 'stop'],
  [40, ''],
  [40, 'create'],
  [79, 'create'],
])(
  'in %d columns the help of "nubes-nb %s" breaks no word and no command',
  async (columns, path) => {
    const help = await helpOf(path, { columns });
    const tooLong = help.split('\n').filter((line) => line.length > columns);
    for (const line of tooLong)
      expect(piecesOf(line.replace(/^Usage: /, '')), line).toHaveLength(1);
    const words = (text: string) => text.split(/\s+/).join(' ');
    expect(words(help)).toBe(words(await helpOf(path)));
  },
);

async function helpOf(path: string, terminal?: { readonly columns: number }): Promise<string> {
  const { world, written } = helpWorld();
  if (terminal !== undefined) {
    Object.assign(world.stdout, terminal, { isTTY: true });
    Object.assign(world.environment, { TERM: 'dumb' });
  }
  const words = path.split(' ').filter((word) => word !== '');
  expect(await run([...words, '--help'], world)).toBe(0);
  return written();
}
