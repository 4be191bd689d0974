import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Workbench, workbench } from '../support/workbench.ts';
import { lockKeyring, storedSecrets, unlockKeyring } from './support/keyring.ts';
import { type Prompter, startPrompter } from './support/prompter.ts';
import { program } from './support/test-user.ts';

/** Without a display and a terminal the program waits this long for an answer. */
const unattendedMs = 10_000;
const login = 'login -u alice --project jupyter-notebooks --password-stdin';

describe('a dialog of the keyring', () => {
  let bench: Workbench;
  let prompter: Prompter;

  beforeAll(async () => {
    bench = await workbench({ ldap: false });
    prompter = await startPrompter();
  });

  beforeEach(async () => {
    unlockKeyring();
    expect(await nb(login, password())).toMatchObject({ exitCode: 0 });
  });

  afterEach(async () => {
    unlockKeyring();
    await nb('logout');
    expect(await storedSecrets()).toEqual([]);
  });

  afterAll(async () => {
    prompter.close();
    await bench.close();
  });

  const password = () => bench.sandbox.people.find(({ name }) => name === 'alice')?.password ?? '';

  function nb(words: string, input = '', variables: Record<string, string> = {}) {
    return execa(process.execPath, [program, ...words.split(' ')], {
      env: {
        ...process.env,
        HOME: bench.home,
        NUBES_NB_SESSION_STORE: 'keychain',
        ...variables,
      },
      reject: false,
      input,
    });
  }

  async function dialog(): Promise<() => Promise<number>> {
    await lockKeyring();
    const before = prompter.shown();
    return async () => prompter.shown() - before;
  }

  async function shown(dialogs: () => Promise<number>): Promise<void> {
    while ((await dialogs()) === 0) await pause(20);
  }

  it.each(['ls', 'whoami', 'logout', login])(
    '%s without an answer to it ends by itself and changes nothing',
    async (words) => {
      const stored = await storedSecrets();
      prompter.answerWith('silence');
      const dialogs = await dialog();
      const { exitCode, stderr, durationMs } = await nb(words, password());
      expect(stderr).toContain('it did not answer in time');
      expect(exitCode).toBe(11);
      expect(durationMs).toBeLessThan(unattendedMs + 3_000);
      expect(await dialogs()).toBe(1);
      unlockKeyring();
      expect(await storedSecrets()).toEqual(stored);
    },
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends a program that waits for it', async (signal, code) => {
    prompter.answerWith('silence');
    const dialogs = await dialog();
    const running = nb('ls');
    await shown(dialogs);
    const start = Date.now();
    running.kill(signal);
    expect((await running).exitCode).toBe(code);
    expect(Date.now() - start).toBeLessThan(1_000);
  });

  it.each(['ls', 'whoami', 'logout', login])('%s with Cancel changes nothing', async (words) => {
    const stored = await storedSecrets();
    prompter.answerWith('dismissal');
    const dialogs = await dialog();
    const { exitCode, stderr } = await nb(words, password());
    expect(stderr).toContain('Cannot use the keychain: it is locked');
    expect(exitCode).toBe(11);
    expect(await dialogs()).toBe(1);
    unlockKeyring();
    expect(await storedSecrets()).toEqual(stored);
  });

  it.each(['ls', 'whoami', login])('%s goes on with the password', async (words) => {
    prompter.answerWith({ password: process.env['NUBES_KEYRING_PASSWORD'] ?? '', afterMs: 4_000 });
    const dialogs = await dialog();
    const { exitCode, stderr } = await nb(words, password());
    expect(stderr).toContain('Waiting for the keychain');
    expect(exitCode).toBe(0);
    expect(await dialogs()).toBe(1);
    expect(await storedSecrets()).toHaveLength(1);
  });

  it.each(['ls', 'whoami', 'logout', login])(
    '%s ends with the program that shows it',
    async (words) => {
      const stored = await storedSecrets();
      prompter.answerWith('silence');
      const dialogs = await dialog();
      const running = nb(words, password());
      await shown(dialogs);
      const start = Date.now();
      unlockKeyring();
      const { exitCode, stderr } = await running;
      expect(Date.now() - start).toBeLessThan(3_000);
      expect(stderr).toContain('ended before it answered');
      expect(exitCode).toBe(11);
      expect(await storedSecrets()).toEqual(stored);
    },
  );

  it('an answer after the program has given up writes nothing', async () => {
    const stored = await storedSecrets();
    prompter.answerWith({ password: process.env['NUBES_KEYRING_PASSWORD'] ?? '', afterMs: 3_000 });
    const dialogs = await dialog();
    const running = nb(login, password());
    await shown(dialogs);
    running.kill('SIGKILL');
    await running;
    await pause(4_000);
    unlockKeyring();
    expect(await storedSecrets()).toEqual(stored);
  });
});
