import { mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ProcessBench, processBench, until } from '../support/processes.ts';
import {
  busyThread,
  nova,
  openStdin,
  type Signal,
  signalCodes,
  stubbornSsh,
  type Wait,
  withBlockedSsh,
} from '../support/signals.ts';
import { hasSsh } from '../support/ssh.ts';
import { isAlive } from '../support/tunnels.ts';

let bench: ProcessBench;
beforeAll(async () => {
  bench = await processBench({}, '');
  await bench.nb(['create', 'x', '--wait', 'running']);
}, 60_000);
afterAll(() => bench.close());

test.concurrent.each([busyThread, stubbornSsh])(
  'a first SIGTERM ends the program in ten seconds while it waits for %s',
  async (_what, begin) => {
    const waiting = await begin(bench);
    const began = performance.now();
    waiting.kill('SIGTERM');
    expect(await waiting.ended).toBe(143);
    expect(performance.now() - began).toBeGreaterThan(5_000);
    expect(performance.now() - began).toBeLessThan(12_000);
  },
  30_000,
);

const cases: readonly (readonly [Signal, ...Wait])[] = [
  ['SIGTERM', ...nova],
  ['SIGINT', ...busyThread],
  ['SIGINT', ...stubbornSsh],
  ['SIGTERM', ...stubbornSsh],
  ['SIGINT', ...openStdin],
];

test.each(cases)(
  'a second %s ends the program at once while it waits for %s',
  async (signal, _what, begin) => {
    const waiting = await begin(bench);
    const began = performance.now();
    let isEnded = false;
    const ended = waiting.ended.finally(() => {
      isEnded = true;
    });
    await until(() => {
      waiting.kill(signal);
      return isEnded;
    });
    expect(await ended).toBe(signalCodes[signal]);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(readdirSync(bench.stateFolder).filter((name) => name.endsWith('.lock'))).toEqual([]);
  },
  20_000,
);

test.runIf(hasSsh).each([
  ['show x --probe', /error: Terminated/],
  ['tunnel x --background', /error: Terminated/],
  ['logs x --source jupyter', /error: Terminated/],
  ['cp x:a .', /error: Stopped copying; what was copied so far is left/],
  ['exec x -- true', /^$/],
  ['tunnel x', /The tunnel is closed/],
])(
  'a first SIGTERM ends %s at once while ssh waits for a FIFO as its configuration',
  async (words, said) => {
    const waiting = await withBlockedSsh(bench, words.split(' '));
    const began = performance.now();
    waiting.kill('SIGTERM');
    expect(await waiting.ended).toBe(143);
    expect(await waiting.stderr).toMatch(said);
    expect(performance.now() - began).toBeLessThan(3_000);
    await until(() => !isAlive(waiting.pid));
  },
  20_000,
);

test.each([
  ['tunnel x --background', 'tunnels/ID.log', 'SIGTERM'],
  ['tunnel x --background', 'tunnels/ID.log', 'SIGINT'],
  ['logout', 'session.json', 'SIGTERM'],
] as const)(
  '%s that waits for the lock of %s ends at once with %s',
  async (words, name, signal) => {
    const [{ id }] = JSON.parse((await bench.nb(['ls', '--json'])).stdout);
    const lock = `${join(bench.stateFolder, name.replace('ID', id))}.lock`;
    mkdirSync(lock, { recursive: true });
    const refresh = setInterval(() => utimesSync(lock, new Date(), new Date()), 200);
    onTestFinished(() => {
      clearInterval(refresh);
      rmSync(lock, { recursive: true });
    });
    const waiting = bench.start(words.split(' '));
    await pause(2_000);
    const began = performance.now();
    waiting.kill(signal);
    const { exitCode = signalCodes[signal], stderr } = await waiting.ended;
    expect(exitCode).toBe(signalCodes[signal]);
    expect(stderr).toMatch(/^error: (?:Terminated|Interrupted)/m);
    expect(performance.now() - began).toBeLessThan(2_000);
  },
  20_000,
);
