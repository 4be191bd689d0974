import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { type ProcessBench, processBench } from '../support/processes.ts';

vi.setConfig({ testTimeout: 15_000 });

let bench: ProcessBench;
let program: string;
beforeAll(async () => {
  program = await builtProgram();
  bench = await processBench(
    { bootMs: 600_000, readyMs: 1_000 },
    'per_user = 20\nconcurrency = 20',
  );
}, 60_000);
afterAll(() => bench.close());

const maxOutputBytes = 20_000;
/** Of several answers: each key draws the whole answer again, which is high in a narrow terminal. */
const maxLongOutputBytes = 500_000;

/** Runs the built program in a terminal of this size, like the 0 of `script`, expect or `docker exec -t`. */
function inTerminal(
  columns: number,
  words: string,
  { rows = 0, after = '', type = 'xterm', max = maxOutputBytes } = {},
) {
  const call = after === '' ? 'exec "$0" "$@"' : `"$0" "$@"; status=$?; ${after}; exit $status`;
  const script = `stty rows ${rows} cols ${columns}; ${call}`;
  const terminal = spawn(
    '/bin/sh',
    ['-c', script, process.execPath, program, ...words.split(' ')],
    {
      cwd: bench.environment['HOME'] ?? '/',
      env: { ...bench.environment, TERM: type },
    },
  );
  let output = '';
  terminal.onData((data) => {
    output += data;
    if (output.length > max) terminal.kill('SIGKILL');
  });
  const ended = new Promise<{ exitCode: number; output: string }>((resolve) => {
    // As a shell reports it: a program that is in a system call ends by the signal itself.
    terminal.onExit(({ exitCode, signal = 0 }) =>
      resolve({ exitCode: signal > 0 ? 128 + signal : exitCode, output }),
    );
  });
  return {
    output: () => output,
    /** The letters alone: a narrow terminal wraps between them. */
    letters: () => stripVTControlCharacters(output).replace(/\s/g, ''),
    kill: (signal: string) => terminal.kill(signal),
    type: (keys: string) => terminal.write(keys),
    ended,
  };
}

describe.each([0, 1, 65_535])('a terminal of %i columns', (columns) => {
  test('--help and ls print a bounded text', async () => {
    const help = await inTerminal(columns, 'create --help').ended;
    expect(help.exitCode).toBe(0);
    expect(help.output).toContain('--if-exists');
    expect((await inTerminal(columns, 'ls').ended).exitCode).toBe(0);
  });

  test.each([
    ['create', (name: string) => `create ${name}`],
    ['create of two', (name: string) => `create ${name} ${name}-2`],
  ])('%s prints a bounded text and ends on SIGTERM', async (kind, words) => {
    const run = inTerminal(columns, words(`n${columns}${kind === 'create' ? '' : '-many'}`));
    await expect
      .poll(run.output, { timeout: 10_000 })
      .toMatch(/sent to Nova|0 of 2 done|in progress/);
    run.kill('SIGTERM');
    const { exitCode, output } = await run.ended;
    expect(exitCode).toBe(143);
    expect(output.length).toBeLessThan(maxOutputBytes);
  });

  test('a prompt prints a bounded text, takes an answer and ends on Ctrl-C', async () => {
    const run = inTerminal(columns, 'login --force');
    await expect.poll(run.letters, { timeout: 10_000 }).toContain('UserID:');
    run.type('alice\r');
    await expect.poll(run.letters, { timeout: 10_000 }).toContain('Password:');
    run.type('\x03');
    const { exitCode, output } = await run.ended;
    expect(exitCode).toBe(130);
    expect(output.length).toBeLessThan(maxOutputBytes);
  });
});

/** What is shown without its spaces, and what is typed then: to move in a list, or to number its rows. */
function firstQuestions(type: string): readonly (readonly [shown: string, typed: string])[] {
  const { cloud, ldapUrl, caFile } = bench.sandbox;
  const [first, second] = type === 'dumb' ? ['1\r', '2\r'] : ['\r', '\x1b[B\r'];
  return [
    ['Cloud:', second],
    ['AddressofKeystone:', `${cloud.authUrl}\r`],
    ['Keystonedomainoftheusers', '\r'],
    ['Keepthesessionin:', first],
    ['LDAP:', second],
    ['LDAPservers,', `${ldapUrl}\r`],
    ["Filewithyoursite'sCA", `${caFile}\r`],
    ['LDAPfindsauser:', first],
    ['Template', '\r'],
  ];
}

describe('config init', () => {
  const file = () => join(bench.environment['HOME'] ?? '', 'first.toml');
  const begin = (columns: number, type: string) =>
    inTerminal(columns, `config init --config ${file()}`, { type, max: maxLongOutputBytes });
  const answer = async (
    run: ReturnType<typeof inTerminal>,
    answers: readonly (readonly [string, string])[],
  ) => {
    for (const [shown, typed] of answers) {
      await expect.poll(run.letters, { timeout: 10_000 }).toContain(shown);
      run.type(typed);
    }
    return run.ended;
  };

  test.each([
    [0, 'xterm'],
    [1, 'xterm'],
    [20, 'xterm'],
    [40, 'xterm'],
    [80, 'xterm-256color'],
    [80, 'dumb'],
  ])('takes all answers in a terminal of %i columns, %s', { timeout: 40_000 }, async (...kind) => {
    const run = begin(...kind);
    const { exitCode, output } = await answer(run, firstQuestions(kind[1]));
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(readFileSync(file(), 'utf8')).toContain('bind_dn_template = "uid={username},ou=people');
    if (kind[1] === 'dumb') expect(output).not.toContain('\x1b');
    rmSync(file());
  });

  test.each([
    ['Ctrl-C', '\x03', 'xterm'],
    ['Ctrl-D', '\x04', 'xterm'],
    ['Ctrl-C', '\x03', 'dumb'],
    ['Ctrl-D', '\x04', 'dumb'],
  ])('writes nothing after %s at any question (%j, %s)', { timeout: 120_000 }, async (...kind) => {
    const [, key, type] = kind;
    const answers = firstQuestions(type);
    for (const [index, [question]] of answers.entries()) {
      const typed = [...answers.slice(0, index), [question, key] as const];
      const { exitCode, output } = await answer(begin(80, type), typed);
      expect({ question, exitCode, output }).toMatchObject({ question, exitCode: 130 });
      expect(output).toContain('Cancelled.');
      expect(existsSync(file())).toBe(false);
    }
  });
});

test.each(['xterm', 'dumb'])(
  'what is typed before the first question answers none (%s), and Ctrl-D then ends nothing',
  async (type) => {
    for (const typed of ['mallory\r', '\r\r', 'mal', '\x04']) {
      const run = inTerminal(80, 'login --force', { type });
      run.type(typed);
      await expect.poll(run.letters, { timeout: 10_000 }).toContain('UserID:');
      run.type('alice\r');
      await expect.poll(run.letters, { timeout: 10_000 }).toContain('UserID:alice');
      await expect.poll(run.letters, { timeout: 10_000 }).toContain('Password:');
      run.type('\x03');
      const { exitCode, output } = await run.ended;
      expect({ typed, exitCode }).toEqual({ typed, exitCode: 130 });
      expect(output.slice(output.indexOf('User ID:'))).not.toContain('mal');
    }
  },
);

describe('create', () => {
  const questions = [
    ['Nameofthenotebook', '\r'],
    ['Image:', '\r'],
    ['Size:', '\r'],
    ['asdefault?', 'y\r'],
  ] as const;
  let kept: string;
  const file = () => bench.environment['NUBES_NB_CONFIG'] ?? '';
  beforeAll(() => {
    kept = readFileSync(file(), 'utf8');
    writeFileSync(file(), kept.replace(/^(image|size) = .*$/gm, ''));
  });
  afterAll(() => writeFileSync(file(), kept));

  test.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('creates and writes nothing after %s at any question', { timeout: 60_000 }, async (_, key) => {
    const before = readFileSync(file(), 'utf8');
    const count = bench.sandbox.cloud.servers.size;
    for (const [index, [last]] of questions.entries()) {
      const run = inTerminal(80, 'create', { max: maxLongOutputBytes });
      for (const [shown, typed] of questions.slice(0, index)) {
        await expect.poll(run.letters, { timeout: 10_000 }).toContain(shown);
        run.type(typed);
      }
      await expect.poll(run.letters, { timeout: 10_000 }).toContain(last);
      run.type(key);
      const { exitCode, output } = await run.ended;
      expect({ last, exitCode, output }).toMatchObject({ last, exitCode: 130 });
      expect(output).toContain('Cancelled.');
    }
    expect(readFileSync(file(), 'utf8')).toBe(before);
    expect(bench.sandbox.cloud.servers.size).toBe(count);
  });
});

const frame = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

describe('the question about a missing key', () => {
  const key = () => join(bench.environment['HOME'] ?? '', '.ssh', 'id_ed25519.pub');
  let kept: string;
  beforeAll(() => {
    kept = readFileSync(key(), 'utf8');
    rmSync(key());
  });
  afterAll(() => writeFileSync(key(), kept));

  test.each([
    ['Ctrl-C', '\x03', 130, 'Cancelled.'],
    ['Ctrl-D', '\x04', 130, 'Cancelled.'],
    ['no', 'n\r', 2, 'There is no SSH key'],
  ])('stays on the screen until %s', async (_, keys, code, sentence) => {
    // Longer than the spinner takes to appear.
    bench.sandbox.cloud.faults.next({ service: 'Glance' }, 'slow', { ms: 600 });
    const run = inTerminal(80, 'create newcomer');
    await expect.poll(run.output, { timeout: 10_000 }).toContain('Make ~/.ssh/id_ed25519 now?');
    expect(run.output()).toMatch(frame);
    const asked = run.output().length;
    run.type('x');
    await expect.poll(() => run.output().slice(asked)).toContain('x');
    run.type('\x7f');
    run.type(keys);
    const { exitCode, output } = await run.ended;
    const whileAsked = output.slice(asked, output.lastIndexOf('Make ~/.ssh'));
    expect(whileAsked).not.toMatch(frame);
    expect(stripVTControlCharacters(output)).toContain(sentence);
    expect(exitCode).toBe(code);
    const names = [...bench.sandbox.cloud.servers.values()].map(({ name }) => name);
    expect(names).not.toContain('nb-alice-newcomer');
  });
});

test.each([
  ['q', 'q', 0],
  ['Ctrl-C', '\x03', 130],
])(
  'ls --watch shows the list in place until %s, and restores the terminal',
  async (_, keys, code) => {
    const run = inTerminal(80, 'ls --watch', { rows: 12, after: 'stty -a' });
    await expect.poll(run.letters, { timeout: 10_000 }).toContain('qleaves');
    run.type(keys);
    const { exitCode, output } = await run.ended;
    expect(exitCode).toBe(code);
    const end = output.slice(output.indexOf('\u001b[?7h\u001b[?25h\u001b[?1049l'));
    expect(end).toMatch(/ icanon /);
    expect(end).toMatch(/ echo /);
  },
);
