import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Computer, startComputer } from './computer.ts';
import { installOtherVersion, installStandalone } from './installed.ts';
import { expectRow, titledRows, writeFiles } from './run-rows.ts';
import { expectStrangerRow, titledStrangerRows } from './stranger.ts';

let computer: Computer;
beforeAll(async () => {
  computer = await startComputer(installStandalone);
  await writeFiles(computer);
});
afterAll(() => computer?.close());

const executable = () => join(computer.installed.root, 'renamed');

async function run(
  words: readonly string[],
  { file = executable(), cwd = computer.home, environment = computer.environment } = {},
) {
  return execa(file, words, { cwd, env: environment, extendEnv: false, reject: false });
}

test.each(titledRows)('the executable: %s', (_, row) => expectRow(computer, row));

test.runIf(process.geteuid?.() === 0).each(titledStrangerRows)(
  'the executable, a user without an account: %s',
  (_, row) => expectStrangerRow(computer, row),
);

test('the executable reads no file of a runtime from the folder that it is called in', async () => {
  const folder = mkdtempSync(join(computer.home, 'cloned-'));
  const evil = (mark: string) => `require('fs').writeFileSync('${folder}/ran-${mark}', '')`;
  const files = {
    '.env': 'NUBES_NB_OPENSTACK_AUTH_URL=http://other.example/v3\nNUBES_NB_NOTEBOOK_PORT=1',
    'bunfig.toml': 'preload = ["./preload.js"]',
    'preload.js': evil('preload'),
    'package.json': '{ "type": "module", "imports": { "#a": "./preload.js" } }',
    'tsconfig.json': '{ "compilerOptions": { "paths": { "*": ["./preload.js"] } } }',
    'node_modules/keytar/index.js': evil('keytar'),
    'node_modules/cpu-features/index.js': evil('cpu-features'),
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const name of ['.env.local', '.env.production'])
    writeFileSync(join(folder, name), files['.env']);
  const before = readdirSync(folder);
  const { NUBES_NB_CONFIG: _, ...bare } = computer.environment;
  const list = await run(['config', 'list', '--json'], { cwd: folder, environment: bare });
  expect(list.stdout).not.toMatch(/other\.example/);
  expect((await run(['config', 'get', 'notebook.port'], { cwd: folder })).stdout).toBe('8888');
  expect(await askKeychain(folder)).toEqual({ reason: 'no-session-bus' });
  const demo = await run(['sandbox', 'demo'], { cwd: folder, environment: bare });
  expect(demo.exitCode, demo.stdout).toBe(0);
  expect(readdirSync(folder)).toEqual(before);
});

test.each([
  ['--env-file', 'missing'],
  ['--preload', './missing.js'],
  ['-r', './missing.js'],
  ['--inspect=127.0.0.1:1'],
  ['--eval', 'process.exit(7)'],
  ['--smol'],
  ['--bun'],
  ['--experimental-default-config-file'],
])("the runtime's option %s is not the executable's", async (...options) => {
  const { NUBES_NB_CONFIG: _, ...bare } = computer.environment;
  const environment = { ...bare, HOME: join(computer.home, 'nobody'), XDG_STATE_HOME: '/none' };
  const behind = await run(['exec', 'a', 'program', ...options], { environment });
  expect(behind).toMatchObject({ exitCode: 4, stderr: expect.stringMatching(/not logged in/) });
  expect(await run([...options, 'ls'], { environment })).toMatchObject({ exitCode: 2 });
});

test('the executable starts under any name, by a link, a relative path and without HOME', async () => {
  const { root } = computer.installed;
  const { HOME: _, ...homeless } = computer.environment;
  const version = { exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/), stderr: '' };
  const moved = join(root, 'a name with spaces, ünd more');
  renameSync(executable(), moved);
  try {
    expect(await run(['--version'], { file: moved })).toMatchObject(version);
    const near = `./${relative(root, moved)}`;
    expect(await run(['--version'], { file: near, cwd: root })).toMatchObject(version);
    expect(await run(['--version'], { file: moved, environment: homeless })).toMatchObject(version);
    const demo = await run(['sandbox', 'demo'], { file: moved, environment: homeless });
    expect(demo.exitCode, demo.stdout).toBe(0);
  } finally {
    renameSync(moved, executable());
  }
});

test('a command writes the binding of the keychain into its cache, and nothing else', async () => {
  const home = mkdtempSync(join(computer.home, 'empty-'));
  const environment = { HOME: home, PATH: '/usr/bin:/bin', ...noBus };
  expect((await run(['--version'], { environment })).exitCode).toBe(0);
  expect(readdirSync(home)).toEqual([]);
  expect(await askKeychain(home, environment)).toEqual({ reason: 'no-session-bus' });
  expect(readdirSync(home, { recursive: true }).sort()).toEqual([
    '.cache',
    '.cache/nubes-nb',
    '.cache/nubes-nb/native',
    expect.stringMatching(/^.cache\/nubes-nb\/native\/keytar-[0-9a-f]{16}\.node$/),
  ]);
});

test('a disk without room for the binding is named as the reason, and nothing is left on it', async () => {
  const home = mkdtempSync(join(computer.home, 'full-'));
  // Files larger than 20 KiB are refused; ignored, the signal is an error of the write.
  const small = ['-c', 'trap "" XFSZ; ulimit -f 20; exec "$0" --keychain-process', executable()];
  const environment = { HOME: home, TMPDIR: home, PATH: '/usr/bin:/bin', ...noBus };
  expect(await askKeychain(home, environment, ['bash', ...small])).toEqual({ reason: 'no-folder' });
  const noTemporary = { ...environment, TMPDIR: join(home, 'none') };
  expect(await askKeychain(home, noTemporary, ['bash', ...small])).toEqual({ reason: 'no-folder' });
  expect(readdirSync(home, { recursive: true }).sort()).toEqual([
    '.cache',
    '.cache/nubes-nb',
    '.cache/nubes-nb/native',
  ]);
});

test('a binding in the cache that is not the own one is replaced before it is loaded', async () => {
  const home = mkdtempSync(join(computer.home, 'foreign-'));
  const environment = { HOME: home, PATH: '/usr/bin:/bin', ...noBus };
  expect(await askKeychain(home, environment)).toEqual({ reason: 'no-session-bus' });
  const folder = join(home, '.cache/nubes-nb/native');
  const [name = ''] = readdirSync(folder);
  const own = readFileSync(join(folder, name));
  // Loading this one would succeed, and give no keychain.
  copyFileSync('/bin/true', join(folder, name));
  writeFileSync(join(folder, 'keytar-0000000000000000.node'), 'of another version');
  expect(await askKeychain(home, environment)).toEqual({ reason: 'no-session-bus' });
  expect(readFileSync(join(folder, name)).equals(own)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual([name, 'keytar-0000000000000000.node'].sort());
});

test('six processes at once unpack the binding into an empty cache', async () => {
  const home = mkdtempSync(join(computer.home, 'parallel-'));
  const environment = { HOME: home, PATH: '/usr/bin:/bin', ...noBus };
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => askKeychain(home, environment)),
  );
  expect(answers).toEqual(Array(6).fill({ reason: 'no-session-bus' }));
  expect(readdirSync(join(home, '.cache/nubes-nb/native'))).toHaveLength(1);
});

test('the demo of the executable needs no proxy', async () => {
  const { NO_PROXY: _, no_proxy: __, ...rest } = computer.environment;
  const environment = {
    ...rest,
    http_proxy: 'http://127.0.0.1:1',
    HTTP_PROXY: 'http://127.0.0.1:1',
  };
  const demo = await run(['sandbox', 'demo'], { environment });
  expect(demo.exitCode, demo.stdout).toBe(0);
});

test('two versions at once share the login, background tunnels, the binding and the names for completion', async () => {
  const other = await installOtherVersion(computer.installed, '0.0.9');
  const [home, state, cache] = ['home', 'state', 'cache'].map((name) =>
    mkdtempSync(join(computer.home, `${name}-`)),
  ) as [string, string, string];
  const places = { HOME: home, XDG_STATE_HOME: state, XDG_CACHE_HOME: cache };
  const environment = { ...computer.environment, ...places };
  const own = (words: string) => run(words.split(' '), { environment });
  const others = (words: string) => run(words.split(' '), { environment, file: other });
  expect((await others('--version')).stdout).toBe('0.0.9');
  const login = ['login', '--username', 'alice', '--password-stdin'];
  const input = computer.passwordOf('alice');
  const options = { cwd: home, env: environment, extendEnv: false, input };
  expect((await execa(other, login, options)).exitCode).toBe(0);

  expect((await own('create shared --wait running')).exitCode).toBe(0);
  const opened = await own('tunnel shared --background');
  expect(opened.exitCode, opened.stderr).toBe(0);
  const again = await others('tunnel shared --background');
  expect(again).toMatchObject({ exitCode: 0, stdout: opened.stdout });
  expect((await others('tunnel shared --stop')).exitCode).toBe(0);
  expect((await own('tunnel --list')).stdout).not.toContain('shared');

  const lists = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? own : others)('ls -q'));
  for (const list of await Promise.all(lists)) {
    expect(list).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/^shared$/m),
    });
  }
  const bus = { ...environment, ...noBus };
  const asked = [executable(), other, executable(), other].map((file) =>
    askKeychain(home, bus, [file, '--keychain-process']),
  );
  expect(await Promise.all(asked)).toEqual(Array(4).fill({ reason: 'no-session-bus' }));
  expect(readdirSync(join(cache, 'nubes-nb/native'))).toHaveLength(1);
  const names = readFileSync(join(cache, 'nubes-nb/completion-1/default.notebooks'), 'utf8');
  expect(names.match(/\bshared\b/g)).toHaveLength(1);

  expect((await others('delete shared --yes')).exitCode).toBe(0);
  expect((await own('logout')).exitCode).toBe(0);
  expect((await others('ls')).exitCode).toBe(4);
}, 120_000);

const noBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/none' };

/** The first answer of the process that asks the keychain; it ends with its input. */
async function askKeychain(
  cwd: string,
  environment: Readonly<Record<string, string>> = { ...computer.environment, ...noBus },
  [file, ...words]: readonly [string, ...string[]] = [executable(), '--keychain-process'],
): Promise<unknown> {
  const child = execa(file, words, {
    ...{ cwd, env: environment, extendEnv: false, reject: false },
  });
  child.stdin.write('{"ask":"get","account":"a"}\n');
  const answer = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(String(chunk)));
    child.once('exit', () => resolve('{}'));
  });
  child.stdin.end();
  await child;
  return JSON.parse(answer);
}
