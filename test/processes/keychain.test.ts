import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openKeychain } from '../../src/session/keychain/store.ts';
import { builtProgram } from '../support/build.ts';
import { type KeychainPackage, keychainPackage } from '../support/keychain-package.ts';
import { type Workbench, workbench } from '../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  [bench] = await Promise.all([workbench({ ldap: false }), builtProgram()]);
}, 60_000);
afterAll(() => bench.close());

/** The installed program on a new computer without a session bus. */
async function computer() {
  const installed = await keychainPackage();
  const other = bench.secondComputer();
  const environment = {
    HOME: other.home,
    PATH: process.env['PATH'],
    NUBES_NB_SITE_CONFIG: join(other.home, 'no-site.toml'),
    NUBES_NB_SESSION_STORE: 'keychain',
  };
  const nb = (words: string, input = '') =>
    execa(process.execPath, [installed.program, ...words.split(' ')], {
      env: environment,
      extendEnv: false,
      reject: false,
      input,
    });
  const password = bench.sandbox.people.find(({ name }) => name === 'alice')?.password ?? '';
  const login = () =>
    nb('login -u alice --project jupyter-notebooks --password-stdin', `${password}\n`);
  return { ...installed, installed, nb, login };
}

/** The keychain of a package, asked from this process. */
function keychainOf({ root }: KeychainPackage, interruption = new AbortController()) {
  const keychainCommand = [process.execPath, join(root, 'dist', 'keychain-main.js')] as const;
  const self = { command: ['nubes-nb'] as const, keychainCommand, root, pid: process.pid };
  const stderr = new PassThrough();
  const { signal: interrupted } = interruption;
  const environment = { OS_PASSWORD: 'hunter2', NODE_EXTRA_CA_CERTS: 'hunter2' };
  return (timeoutMs: number) =>
    openKeychain({ environment, platform: 'linux', self, stderr, interrupted }, { timeoutMs });
}

const calledBy = async ({ calls }: KeychainPackage, count = 1): Promise<number> => {
  await vi.waitFor(() => expect(calls().length).toBeGreaterThanOrEqual(count), 10_000);
  return calls().at(-1)?.pid ?? 0;
};

const hasEnded = (pid: number) =>
  vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 5_000);

test('each command asks the keychain in one process, and leaves nothing behind', async () => {
  const { nb, login, entries, calls } = await computer();
  const asked = () => {
    const since = calls().slice(before);
    before = calls().length;
    return {
      calls: since.map(({ call }) => call),
      processes: new Set(since.map(({ pid }) => pid)).size,
    };
  };
  let before = 0;
  expect((await login()).exitCode).toBe(0);
  expect(asked().processes).toBe(1);
  expect(Object.keys(entries())).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect((await nb('ls')).exitCode).toBe(0);
  expect(asked()).toEqual({ calls: ['get'], processes: 1 });
  expect((await nb('logout')).exitCode).toBe(0);
  expect(asked().processes).toBe(1);
  expect(entries()).toEqual({});
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s ends a command that waits for the keychain, and its process',
  async (signal, code) => {
    const { nb, login, installed } = await computer();
    await login();
    await installed.showDialog();
    const running = nb('ls');
    const before = installed.calls().length;
    const pid = await calledBy(installed, before + 1);
    running.kill(signal);
    expect((await running).exitCode).toBe(code);
    await hasEnded(pid);
  },
);

test('the keychain process ends with a command that is killed', async () => {
  const { nb, login, installed } = await computer();
  await login();
  await installed.showDialog();
  const running = nb('ls');
  const pid = await calledBy(installed, installed.calls().length + 1);
  running.kill('SIGKILL');
  await running;
  await hasEnded(pid);
});

test('a question without an answer times out, is not repeated, and writes nothing', async () => {
  const { installed } = await computer();
  await installed.showDialog();
  const store = keychainOf(installed)(500);
  await expect(store.set('account', 'secret')).rejects.toThrow('did not answer in time');
  const pid = await calledBy(installed);
  await hasEnded(pid);
  await expect(store.get('account')).rejects.toThrow('did not answer in time');
  expect(installed.calls()).toHaveLength(1);
  expect(installed.entries()).toEqual({});
});

test('a late answer of a person is accepted until the time is over', async () => {
  const { installed } = await computer();
  await installed.showDialog();
  const stored = keychainOf(installed)(20_000).set('account', 'secret');
  await calledBy(installed);
  installed.answerDialog();
  await stored;
  expect(installed.entries()).toEqual({ account: 'secret' });
});

test.runIf(process.platform === 'linux')(
  'the command line and the environment of the keychain process hold no secret',
  async () => {
    const { installed } = await computer();
    await installed.showDialog();
    const interruption = new AbortController();
    const stored = keychainOf(installed, interruption)(20_000).set('account', 'hunter2');
    const pid = await calledBy(installed);
    const seen =
      readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
    expect(seen).not.toContain('hunter2');
    interruption.abort('SIGINT');
    await expect(stored).rejects.toBe('SIGINT');
    await hasEnded(pid);
  },
);

/** Replaces the keychain process: writes each question into a file, and answers with what was stored. */
function recordQuestions({ root }: KeychainPackage): () => { ask: string; isKnown?: boolean }[] {
  const file = join(root, 'questions');
  writeFileSync(file, '');
  const source = `const { appendFileSync, readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');
const file = ${JSON.stringify(file)};
createInterface({ input: process.stdin }).on('line', (line) => {
  const earlier = readFileSync(file, 'utf8').split('\\n').filter(Boolean).map((text) => JSON.parse(text));
  appendFileSync(file, line + '\\n');
  const value = JSON.parse(line).ask === 'get' ? (earlier.findLast(({ ask }) => ask === 'set')?.secret ?? null) : null;
  console.log(JSON.stringify({ value }));
});
`;
  writeFileSync(join(root, 'dist', 'keychain-main.js'), source);
  return () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
}

test('only a command with a session asks to open other databases for its entry', async () => {
  const { installed, nb, login } = await computer();
  const questions = recordQuestions(installed);
  const read = () =>
    questions()
      .filter(({ ask }) => ask === 'get')
      .map(({ isKnown }) => isKnown);
  await login();
  expect(read()).toEqual([false]);
  await nb('whoami');
  await login();
  expect((await nb('logout')).exitCode).toBe(0);
  const [, ...later] = read();
  expect(later.length).toBeGreaterThan(2);
  expect(new Set(later)).toEqual(new Set([true]));
});

test('a package without keytar says so', async () => {
  const { root, nb } = await computer();
  rmSync(join(root, 'node_modules'), { recursive: true });
  const { exitCode, stderr } = await nb('login -u alice --password-stdin', 'x\n');
  expect(stderr).toContain('the keychain library of the system (libsecret) is not installed');
  expect(exitCode).toBe(11);
});
