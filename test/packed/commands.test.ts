import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Computer, startComputer } from './computer.ts';
import { installPacked, partsOf, partsRun } from './installed.ts';
import { rows } from './rows.ts';
import { expectRow, titledRows, writeFiles } from './run-rows.ts';
import { expectStrangerRow, titledStrangerRows } from './stranger.ts';

let computer: Computer;
beforeAll(async () => {
  computer = await startComputer(installPacked);
  await writeFiles(computer);
});
afterAll(() => computer?.close());

test.each(titledRows)('%s', (_, row) => expectRow(computer, row));

test.runIf(process.geteuid?.() === 0).each(titledStrangerRows)(
  'a user without an account: %s',
  (_, row) => expectStrangerRow(computer, row),
);

test('every command that the help names has a row that succeeds and one that fails', async () => {
  const commands = await commandsOf(computer);
  expect(commands.length).toBeGreaterThan(30);
  const named = (matches: (exitCode: number) => boolean) =>
    new Set(rows.filter(([, , exitCode]) => matches(exitCode)).map(([command]) => command));
  const [succeeding, failing] = [named((code) => code === 0), named((code) => code > 1)];
  expect(commands.filter((command) => !succeeding.has(command))).toEqual([]);
  expect(commands.filter((command) => !failing.has(command))).toEqual([]);
});

test('every part of the program ran', () => {
  const { installed, coverage } = computer;
  const run = partsRun(installed, coverage);
  expect(partsOf(installed).filter((part) => !run.has(part))).toEqual([]);
});

test('the package has a man page for each command, which man prints without a warning', () => {
  const { root } = computer.installed;
  const { man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(man).toContain('man/nubes-nb-create.1');
  const args = ['--warnings', '-E', 'UTF-8', '-Tutf8', '-Z', '-l'];
  for (const page of man) {
    const { status, stderr } = spawnSync('man', [...args, join(root, page)], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
    });
    expect({ page, status, stderr }).toEqual({ page, status: 0, stderr: '' });
  }
});

test('the package has the licences and a list of all that is bundled', () => {
  const { root } = computer.installed;
  const { components } = JSON.parse(readFileSync(join(root, 'sbom.cdx.json'), 'utf8')) as Bom;
  const named = (scope: string) =>
    components.filter((each) => each.scope === scope).map(({ name }) => name);
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  expect(named('optional')).toEqual(
    expect.arrayContaining(Object.keys({ ...dependencies, ...optionalDependencies })),
  );
  expect(named('required')).toEqual(
    expect.arrayContaining(['axios', 'commander', 'inquirer', 'ldapjs', 'ldapts', 'ssh2', 'yaml']),
  );
  const notices = readFileSync(join(root, 'THIRD-PARTY-NOTICES'), 'utf8');
  for (const { group, name, version, scope, licenses } of components) {
    const title = `\n${group === undefined ? '' : `${group}/`}${name}@${version} (`;
    expect(licenses, name).not.toEqual([]);
    expect(notices.includes(title), title).toBe(scope === 'required');
  }
});

interface Bom {
  readonly components: readonly {
    readonly group?: string;
    readonly name: string;
    readonly version: string;
    readonly scope: string;
    readonly licenses: readonly unknown[];
  }[];
}

/** The commands of the help, with those of their own: `config get`. */
async function commandsOf({ nb }: Computer, parent: readonly string[] = []): Promise<string[]> {
  const { stdout } = await nb([...parent, '--help']);
  // The program's own help has them in groups: `  start, stop     ...`.
  const [, list = ''] =
    /^(?:Start here|Commands):\n((?:(?: {2}|[A-Z][\w, ]*:).*\n)+)/m.exec(stdout) ?? [];
  const names = [...list.matchAll(/^ {2}([a-z-]+(?:, [a-z-]+)*)/gm)].flatMap(([, row = '']) =>
    row.split(', '),
  );
  if (names.length === 0) return [parent.join(' ')];
  return (
    await Promise.all(names.map((name) => commandsOf({ nb } as Computer, [...parent, name])))
  ).flat();
}
