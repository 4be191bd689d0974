import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFileLock } from '../src/file-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nubes-nb-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = {
  staleMs: 2_000,
  retries: { retries: 20, minTimeout: 5, maxTimeout: 20 },
};

test('eight withFileLock calls that find a stale lock run one after the other', async () => {
  const file = join(folder, 'known_hosts');
  mkdirSync(`${file}.lock`);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(`${file}.lock`, longAgo, longAgo);
  let running = 0;
  let maxRunning = 0;
  const work = async () => {
    running += 1;
    maxRunning = Math.max(maxRunning, running);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withFileLock(file, options, work)));
  expect(maxRunning).toBe(1);
});

test('withFileLock survives that its lock is removed, and the next call runs', async () => {
  const file = join(folder, 'known_hosts');
  const thrown: unknown[] = [];
  const onUncaught = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', onUncaught);
  const first = withFileLock(file, options, async () => {
    rmSync(`${file}.lock`, { recursive: true });
    // proper-lockfile refreshes the lock every second, and finds it removed.
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    return 'first';
  });
  const second = withFileLock(file, options, async () => 'second');
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  process.off('uncaughtException', onUncaught);
  expect(thrown).toEqual([]);
});

test('withFileLock rethrows the error of its work and lets the next call run', async () => {
  const file = join(folder, 'known_hosts');
  const failing = withFileLock(file, options, () => Promise.reject(new Error('disk full')));
  const next = withFileLock(file, options, async () => 'next');
  await expect(failing).rejects.toThrow('disk full');
  expect(await next).toBe('next');
});
