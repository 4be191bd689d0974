import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withFileLock } from '../../src/file-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'nubes-nb-lock-'));
afterAll(() => rmSync(root, { recursive: true }));
const newFolder = () => mkdtempSync(join(root, 'test-'));

const options = {
  staleMs: 2_000,
  retries: { retries: 20, minTimeout: 5, maxTimeout: 20 },
  signal: new AbortController().signal,
};

test('eight withFileLock calls that find a stale lock run one after the other', async () => {
  const file = join(newFolder(), 'known_hosts');
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
  const file = join(newFolder(), 'known_hosts');
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
  const file = join(newFolder(), 'known_hosts');
  const failing = withFileLock(file, options, () => Promise.reject(new Error('disk full')));
  const next = withFileLock(file, options, async () => 'next');
  await expect(failing).rejects.toThrow('disk full');
  expect(await next).toBe('next');
});

/** Their retries take longer than the lock is stale. */
const patient = { ...options, retries: { retries: 30, minTimeout: 80, maxTimeout: 80 } };

test.concurrent.each([
  ['of a process that was killed just now', 0],
  ['dated ten minutes ahead', 600_000],
  ['dated a year ahead', 365 * 86_400_000],
])('a lock %s is taken over once it is stale', async (_, aheadMs) => {
  const file = join(newFolder(), 'session.json');
  mkdirSync(`${file}.lock`);
  const at = new Date(Date.now() + aheadMs);
  utimesSync(`${file}.lock`, at, at);
  expect(await withFileLock(file, patient, async () => 'done')).toBe('done');
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test.concurrent('a lock dated ahead whose process refreshes it is not taken over', async () => {
  const file = join(newFolder(), 'session.json');
  mkdirSync(`${file}.lock`);
  let ahead = 600_000;
  const holder = setInterval(() => {
    ahead += 1_000;
    const at = new Date(Date.now() + ahead);
    utimesSync(`${file}.lock`, at, at);
  }, 300);
  const taken = withFileLock(file, patient, async () => 'done');
  await expect(taken).rejects.toMatchObject({ code: 'CONFLICT' });
  clearInterval(holder);
});

test('a signal ends the wait for a lock at once, and the wait for one that is free in a moment does not fail', async () => {
  const file = join(newFolder(), 'session.json');
  mkdirSync(`${file}.lock`);
  const interruption = new AbortController();
  const waiting = { ...patient, staleMs: 60_000, signal: interruption.signal };
  const first = withFileLock(file, waiting, async () => 'done');
  setTimeout(() => interruption.abort('SIGTERM'), 300);
  const began = performance.now();
  await expect(first).rejects.toMatchObject({ code: 'TERMINATED' });
  expect(performance.now() - began).toBeLessThan(1_500);
  const second = withFileLock(file, waiting, async () => 'done');
  setTimeout(() => rmSync(`${file}.lock`, { recursive: true }), 100);
  expect(await second).toBe('done');
});

test.each([
  ['a file', (lock: string) => writeFileSync(lock, 'x')],
  ['a link to a file', (lock: string) => symlinkSync('target', lock)],
  ['a link to nothing', (lock: string) => symlinkSync('nothing', lock)],
  ['a link to a folder', (lock: string) => symlinkSync('.', lock)],
])('%s in the place of a lock is removed, and its target is not', async (_, make) => {
  const folder = newFolder();
  const file = join(folder, 'session.json');
  writeFileSync(join(folder, 'target'), 'mine');
  make(`${file}.lock`);
  expect(await withFileLock(file, options, async () => 'done')).toBe('done');
  expect(existsSync(`${file}.lock`)).toBe(false);
  expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('mine');
});

test('a folder with files in the place of a lock is refused with its path', async () => {
  const folder = newFolder();
  const file = join(folder, 'session.json');
  mkdirSync(join(`${file}.lock`, 'mine'), { recursive: true });
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(`${file}.lock`, longAgo, longAgo);
  await expect(withFileLock(file, options, async () => 'done')).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: `${file}.lock is in the way of a lock, and cannot be removed (ENOTEMPTY).`,
  });
});
