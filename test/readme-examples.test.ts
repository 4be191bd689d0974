import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CommandWords, wordsOf } from '../scripts/completions/words.ts';
import { exitCodes } from '../src/errors.ts';
import { buildWholeProgram } from '../src/program.ts';
import { run } from '../src/run.ts';
import { paperWorld } from './support/paper-world.ts';

const readme = readFileSync('README.md', 'utf8');

describe("the README's settings are valid", () => {
  test.each(blocks('toml'))('example %#', async (toml) => {
    const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-readme-'));
    try {
      const file = join(folder, 'config.toml');
      writeFileSync(file, toml);
      const { world, written } = paperWorld();
      const environment = { NUBES_NB_SITE_CONFIG: join(folder, 'none.toml') };
      const code = await run(['config', 'validate', '--json', '--config', file], {
        ...world,
        environment,
      });
      expect(code).toBe(0);
      expect(JSON.parse(written())).toEqual({ valid: true, files: [file], warnings: [] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test("the README's exit codes are those of the program", () => {
  const table = /### Exit codes([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
  const told = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = '']) =>
    codes.split(',').map(Number),
  );
  expect(told).toEqual([...new Set([0, ...Object.values(exitCodes)])].sort((a, b) => a - b));
});

test.each([
  ['README.md', 25],
  ['docs/scripting.md', 8],
])('%s shows no command and no flag that does not exist', async (page, least) => {
  const program = wordsOf(await buildWholeProgram(paperWorld().world));
  const calls = [
    ...readFileSync(page, 'utf8').matchAll(/(?:^|[`$(|] ?|-- )nubes-nb +([^\n`|#>)]+)/gm),
  ];
  expect(calls.length).toBeGreaterThan(least);
  for (const [line, words = ''] of calls) {
    expect({ line, unknown: unknownWords(program, words.trim().split(/\s+/)) }).toEqual({
      line,
      unknown: [],
    });
  }
});

test.each(['README.md', 'docs/scripting.md', 'test/golden/help/create.txt'])(
  'who pastes thirty notebooks from %s has the room for them',
  (page) => {
    const text = readFileSync(page, 'utf8');
    const lines = [...text.matchAll(/^.*\n *seq -f \S+ 30 \|/gm)];
    expect(lines.length).toBeGreaterThan(0);
    for (const [line] of lines) expect(line).toContain('export NUBES_NB_LIMITS_PER_USER=30\n');
  },
);

/** Verbs and flags that the program does not have; what comes after `--` is another program's. */
function unknownWords(program: CommandWords, line: readonly string[]): readonly string[] {
  const end = line.indexOf('--');
  const words = (end === -1 ? line : line.slice(0, end)).filter((word) => word !== 'COMMAND');
  const verbs = words.filter((word, at) => !/^-/.test(word) && words[at - 1] !== '--context');
  const command = verbs.reduce(
    (above, verb) => above.commands.find(({ names }) => names.includes(verb)) ?? above,
    program,
  );
  const flags = [...program.flags, ...command.flags].flatMap(({ names }) => names);
  const unknown = words.filter((word) => /^-./.test(word) && !flags.includes(word));
  const isGroup = command.commands.length > 0 && verbs.length > command.path.split(' ').length;
  return isGroup || (command === program && verbs.length > 0) ? [...verbs, ...unknown] : unknown;
}

function blocks(language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...readme.matchAll(fence)].map(([, text = '']) => text);
}
