import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  bench = await processBench({ bootMs: 600_000, readyMs: 1_000 }, 'per_user = 20');
}, 60_000);
afterAll(() => bench.close());

const maxOutputBytes = 20_000;

/** Runs the built program in a terminal of this size, like the 0 of `script`, expect or `docker exec -t`. */
function inTerminal(columns: number, words: string, { rows = 0, after = '' } = {}) {
  const call = after === '' ? 'exec "$0" "$@"' : `"$0" "$@"; status=$?; ${after}; exit $status`;
  const script = `stty rows ${rows} cols ${columns}; ${call}`;
  const terminal = spawn(
    '/bin/sh',
    ['-c', script, process.execPath, program, ...words.split(' ')],
    {
      cwd: bench.environment['HOME'] ?? '/',
      env: { ...bench.environment, TERM: 'xterm' },
    },
  );
  let output = '';
  terminal.onData((data) => {
    output += data;
    if (output.length > maxOutputBytes) terminal.kill('SIGKILL');
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
