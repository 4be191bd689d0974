import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CloudServer } from '../../src/sandbox/cloud/cloud.ts';
import { liveServers, noQuota, post, setQuota } from '../support/cloud.ts';
import { itemsIn, namesOf } from '../support/items.ts';
import { type ProcessBench, processBench, until } from '../support/processes.ts';

let bench: ProcessBench;
beforeAll(async () => {
  bench = await processBench({ bootMs: 300, readyMs: 100 }, 'per_user = 200\nconcurrency = 25');
  setQuota(bench, noQuota);
}, 60_000);
afterAll(() => bench.close());

const nameOf = ({ metadata }: CloudServer) => metadata['nubes-nb:notebook'] ?? '';
const requests = () => bench.sandbox.cloud.requests;

const seed = Math.floor(Math.random() * 1e9);

/** Mulberry32. */
function random(): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test(`create killed at twenty moments (seed ${seed}) and run again makes each name once`, async () => {
  const next = random();
  const names = namesOf(99);
  const words = ['create', '--from', '-', '--if-exists', 'skip', '-o', 'ndjson'];
  // Nova creates many of the VMs after the process that requested them was killed.
  bench.sandbox.cloud.faults.rate('slow', 0.3, seed, post);
  for (let kills = 0; kills < 20; kills += 1) {
    const before = requests().length;
    const child = bench.start(words, names.join('\n'));
    await until(() => requests().length > before);
    await pause(next() * 500);
    child.kill('SIGKILL');
    await child.ended;
    expect(new Set(liveServers(bench).map(nameOf)).size).toBe(liveServers(bench).length);
  }
  expect(liveServers(bench).length).toBeGreaterThan(0);
  bench.sandbox.cloud.faults.clear();
  const last = await bench.nb(words, names.join('\n'));
  expect(last.exitCode, last.stderr).toBe(0);
  const items = itemsIn(last);
  expect(items.map(({ name }) => name).sort()).toEqual(names);
  expect(liveServers(bench).map(nameOf).sort()).toEqual(names);
  for (const { name, id } of items) {
    expect(
      liveServers(bench).find((server) => server.id === id && nameOf(server) === name),
    ).toBeDefined();
  }
}, 60_000);
