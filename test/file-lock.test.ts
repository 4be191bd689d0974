import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locked } from '../src/file-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nubes-nb-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const patience = {
  stale: 2_000,
  retries: { retries: 20, minTimeout: 5, maxTimeout: 20 },
};

test('many who find the lock of a killed command take turns', async () => {
  const file = join(folder, 'known_hosts');
  mkdirSync(`${file}.lock`);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(`${file}.lock`, longAgo, longAgo);
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => locked(file, patience, work)));
  expect(most).toBe(1);
});

test('a lock that was taken away meanwhile ends nobody, and the next has its turn', async () => {
  const file = join(folder, 'known_hosts');
  const thrown: unknown[] = [];
  const hear = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', hear);
  const first = locked(file, patience, async () => {
    rmSync(`${file}.lock`, { recursive: true });
    // The holder looks after its lock every second.
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    return 'first';
  });
  const second = locked(file, patience, async () => 'second');
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  process.off('uncaughtException', hear);
  expect(thrown).toEqual([]);
});

test('work that fails hands the turn on, with its own error', async () => {
  const file = join(folder, 'known_hosts');
  const failing = locked(file, patience, () => Promise.reject(new Error('no room')));
  const next = locked(file, patience, async () => 'next');
  await expect(failing).rejects.toThrow('no room');
  expect(await next).toBe('next');
});
