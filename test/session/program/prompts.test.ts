import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallOptions, type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench();
});
afterAll(() => bench.close());

const passwordOf = (who: string) =>
  bench.sandbox.people.find(({ name }) => name === who)?.password ?? '';
const atTerminal = (...answers: (readonly [string, string])[]): CallOptions => ({
  terminal: 100,
  answers,
});

describe('login at a terminal', () => {
  test('login asks for user ID and password and does not show the password', async () => {
    const { code, stdout, stderr } = await bench
      .secondComputer()
      .nb('login', atTerminal(['User ID:', 'carol\r'], ['Password:', `${passwordOf('carol')}\r`]));
    expect(stdout).toContain('Logged in as carol,');
    for (const part of ["w'örd", '日本', '`x`']) expect(stdout + stderr).not.toContain(part);
    expect(code).toBe(0);
  });

  test('login -u asks for the password only', async () => {
    const { code, stderr } = await bench
      .secondComputer()
      .nb('login -u alice', atTerminal(['Password:', `${passwordOf('alice')}\r`]));
    expect(stderr).not.toContain('User ID:');
    expect(code).toBe(0);
  });

  test('login offers a choice of several projects', async () => {
    const { code, stdout } = await bench
      .secondComputer()
      .nb(
        'login -u bob',
        atTerminal(['Password:', `${passwordOf('bob')}\r`], ['lpd', '\u001b[B\r']),
      );
    expect(stdout).toMatch(/Logged in as bob, project (lpd|jupyter-notebooks),/);
    expect(code).toBe(0);
  });

  test('login does not ask again after a wrong password', async () => {
    const { code, stderr } = await bench
      .secondComputer()
      .nb('login -u alice', atTerminal(['Password:', 'wrong\r']));
    expect(stderr).not.toMatch(/Asking LDAP[\s\S]*Password:/);
    expect(stderr).toContain('The user ID or the password is wrong.');
    expect(code).toBe(4);
  });

  test.each([
    ['the user ID', atTerminal(['User ID:', '\u0003'])],
    ['the password', atTerminal(['User ID:', 'alice\r'], ['Password:', '\u0003'])],
  ])('Ctrl-C at %s exits 130 and stores no session', async (_, options) => {
    const other = bench.secondComputer();
    const before = bench.sandbox.cloud.requests.length;
    const { code, stderr } = await other.nb('login --no-color', options);
    expect(stderr).toContain('error: Cancelled.\n');
    expect(code).toBe(130);
    expect(bench.sandbox.cloud.requests).toHaveLength(before);
    expect((await other.nb('whoami')).code).toBe(4);
  });
});

describe('login at a terminal refuses', () => {
  test.each([
    ['login', atTerminal(['User ID:', ' \r']), 'The user ID is empty.'],
    ['login --username=', atTerminal(), 'The user ID is empty.'],
    [
      'login -u alice --password-stdin',
      atTerminal(),
      '--password-stdin reads stdin, but stdin is a terminal, which would show',
    ],
  ])('login is refused with %s before the password prompt', async (words, options, sentence) => {
    const { code, stderr } = await bench.secondComputer().nb(words, options);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('hint: ');
    expect(stderr).not.toContain('Password:');
    expect(code).toBe(2);
  });
});

describe('login without a terminal', () => {
  test.each([
    ['login', '--username'],
    ['login -u alice', '--password-stdin'],
    ['login -u alice --json', '--password-stdin'],
  ])('%s without a terminal exits 2 and names the flag', async (words, flag) => {
    const { code, stdout, stderr } = await bench.secondComputer().nb(words);
    expect(stderr).toContain(`hint: use ${flag}`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('login --no-input does not prompt on a terminal', async () => {
    const { code, stderr } = await bench.secondComputer().nb('login --no-input', { terminal: 80 });
    expect(stderr).toContain('use --username');
    expect(code).toBe(2);
  });
});

describe('delete at a terminal', () => {
  test('delete asks for the name; another one does not delete the notebook', async () => {
    const other = bench.secondComputer();
    await other.login();
    await other.nb('create thesis --wait running');
    const wrong = await other.nb('delete thesis', atTerminal(['Type the name', 'thesi\r']));
    expect(wrong.stderr).toContain('That is not the name; thesis was not deleted.');
    expect(wrong.code).toBe(2);
    expect((await other.nb('ls -q')).stdout).toBe('thesis\n');
    expect(wrong.stderr).toContain('This destroys alice/thesis and its disk');
    const quiet = await other.nb('delete thesis -q', atTerminal(['Type the name', '\u0003']));
    expect(quiet.stderr).toContain('This destroys alice/thesis and its disk');
    expect(quiet.code).toBe(130);
    const right = await other.nb('delete thesis', atTerminal(['Type the name', 'thesis\r']));
    expect(right.stdout).toContain('thesis is deleted.');
    expect(right.code).toBe(0);
  });
});

describe('logout --revoke at a terminal', () => {
  test('logout --revoke asks for the password only if the login token has expired', async () => {
    const other = bench.secondComputer();
    await other.login();
    expect((await other.nb('logout --revoke')).code).toBe(0);
    await other.login();
    other.pass(5 * 3_600_000);
    const { code, stdout } = await other.nb(
      'logout --revoke',
      atTerminal(['Password of alice:', `${passwordOf('alice')}\r`]),
    );
    expect(stdout).toBe('Logged out alice.\n');
    expect(code).toBe(0);
  });
});
