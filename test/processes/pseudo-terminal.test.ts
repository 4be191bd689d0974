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
function inTerminal(columns: number, words: string) {
  const script = `stty rows 0 cols ${columns}; exec "$0" "$@"`;
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
    terminal.onExit(({ exitCode }) => resolve({ exitCode, output }));
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
