import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteCertificate } from '../support/https.ts';
import { type CallOptions, type Computer, startComputer } from './computer.ts';
import { partsOf, partsRun } from './installed.ts';
import { type Row, rows } from './rows.ts';

let computer: Computer;
beforeAll(async () => {
  computer = await startComputer();
  await writeFiles(computer);
});
afterAll(() => computer?.close());

test.each(rows.map((row, index) => [titleOf(row, index), row] as const))('%s', async (_, row) => {
  const [, words, exitCode, shown, options] = row;
  const ended = await computer.nb(wordsOf(words), withPassword(options));
  const all = `${ended.stdout}\n${ended.stderr}`;
  expect(all).not.toMatch(/this is a bug|\n {4}at /);
  expect(ended.exitCode, all).toBe(exitCode);
  expect(all).toMatch(shown);
});

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
  const [, list = ''] = /^Commands:\n((?: {2}.*\n)+)/m.exec(stdout) ?? [];
  const names = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name);
  if (names.length === 0) return [parent.join(' ')];
  return (
    await Promise.all(names.map((name) => commandsOf({ nb } as Computer, [...parent, name])))
  ).flat();
}

async function writeFiles({ home, nb, passwordOf }: Computer): Promise<void> {
  const { stdout: authUrl } = await nb(['config', 'get', 'openstack.auth_url']);
  const { pem } = await siteCertificate('nb.example.org');
  const auth = {
    ...{ auth_url: authUrl, username: 'alice', password: passwordOf('alice') },
    ...{
      project_name: 'jupyter-notebooks',
      user_domain_name: 'stfc',
      project_domain_name: 'Default',
    },
  };
  const files = {
    'clouds.yaml': JSON.stringify({ clouds: { site: { auth } } }),
    'broken.yaml': 'clouds: [',
    'class.yaml': 'set: class\nnotebooks:\n  - names: t-{1..2}\n',
    'packages.txt': 'numpy==2.0\n',
    'data.csv': '1,2\n',
    'site.pem': pem,
    'keychain-state/nubes-nb/session.json': keychainLogin(authUrl),
  };
  mkdirSync(join(home, 'keychain-state/nubes-nb'), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(home, name), text, { mode: 0o600 });
  }
  for (const [from, name] of [
    ['ec-no-passphrase.p12', 'site.p12'],
    ['rsa-today.p12', 'locked.p12'],
  ] as const) {
    copyFileSync(join('test/certificates/openssl-files', from), join(home, name));
    chmodSync(join(home, name), 0o600);
  }
}

function keychainLogin(authUrl: string): string {
  const login = {
    ...{ account: 'a', authUrl, region: null, roles: [], method: 'token', credential: null },
    ...{ user: { id: 'u', name: 'alice', domain: 'stfc' }, project: { id: 'p', name: 'p' } },
    ...{ store: 'keychain', expiresAt: null },
    endpoints: { identity: authUrl, compute: authUrl, image: authUrl, network: authUrl },
    computeVersions: { minimum: '2.1', maximum: '2.90' },
  };
  return JSON.stringify({ version: 1, sessions: { default: login } });
}

function withPassword(options: CallOptions = {}): CallOptions {
  const filled = (text: string) => text.replace('ALICE', computer.passwordOf('alice'));
  const { input, answers, environment = {}, ...rest } = options;
  const inHome = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace(/^HOME\//, `${computer.home}/`),
  ]);
  return {
    ...rest,
    environment: Object.fromEntries(inHome),
    ...(input === undefined ? {} : { input: filled(input) }),
    ...(answers === undefined
      ? {}
      : { answers: answers.map(([at, typed]) => [at, filled(typed)] as const) }),
  };
}

function wordsOf(words: Row[1]): readonly string[] {
  return typeof words === 'string' ? words.split(' ') : words;
}

function titleOf([, words, exitCode]: Row, index: number): string {
  return `${index + 1}. nubes-nb ${wordsOf(words).join(' ')} exits ${exitCode}`;
}
