import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CloudServer } from '../../../src/sandbox/cloud/cloud.ts';
import { liveServers, noQuota, post, setQuota } from '../../support/cloud.ts';
import { countsOf, itemsIn, namesOf } from '../../support/items.ts';
import { type ProcessBench, processBench } from '../../support/processes.ts';

let bench: ProcessBench;
beforeAll(async () => {
  bench = await processBench({ bootMs: 300, readyMs: 100 }, 'per_user = 200\nconcurrency = 8');
  setQuota(bench, noQuota);
}, 60_000);
afterAll(() => bench.close());

const nameOf = ({ metadata }: CloudServer) => metadata['nubes-nb:notebook'] ?? '';

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

test(`killed at twenty moments (seed ${seed}), the same command ends with each name made once`, async () => {
  const next = random();
  const names = namesOf(99);
  const words = ['create', '--from', '-', '--if-exists', 'skip', '-o', 'ndjson'];
  // Many a VM is made when whoever asked for it is killed already.
  bench.sandbox.cloud.faults.rate('slow', 0.3, seed, post);
  for (let kills = 0; kills < 20; kills += 1) {
    const child = bench.start(words, names.join('\n'));
    await pause(120 + next() * 500);
    child.kill('SIGKILL');
    await child.ended;
    // Whatever a killed one has made is one of the names, and made once.
    expect(new Set(liveServers(bench).map(nameOf)).size).toBe(liveServers(bench).length);
  }
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

test('of two creations of one name, both killed, the same command keeps the first', async () => {
  const words = ['create', 'tw', '--if-exists', 'skip', '-o', 'ndjson'];
  const twins = () => liveServers(bench).filter((server) => nameOf(server) === 'tw');
  const seen = async (isSo: () => boolean) => {
    while (!isSo()) await pause(20);
  };
  const file = join(bench.stateFolder, 'journal.ndjson');
  const journal = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  // So long that the other one no longer waits for it to be listed.
  bench.sandbox.cloud.faults.next(post, 'slow', { ms: 7_000 });
  const late = bench.start(words);
  await seen(() => /"requested".*"tw"/.test(journal()));
  const early = bench.start(words);
  await seen(() => twins().length === 1 && /"created".*"tw"/.test(journal()));
  early.kill('SIGKILL');
  await seen(() => twins().length === 2);
  late.kill('SIGKILL');
  await Promise.all([early.ended, late.ended]);
  expect(twins()).toHaveLength(2);
  // Nova counts whole seconds.
  const age = ({ created, id }: CloudServer) => `${Math.floor(created.getTime() / 1_000)} ${id}`;
  const [first, second] = twins().sort((one, other) => (age(one) < age(other) ? -1 : 1));

  const { exitCode, stdout, stderr } = await bench.nb(words);
  expect(exitCode, stderr).toBe(0);
  expect(itemsIn({ stdout })).toMatchObject([{ result: 'exists', status: 'ready', id: first?.id }]);
  expect(stderr).toContain(
    `the VM ${second?.id} was removed: a creation of tw that was interrupted on this computer`,
  );
  expect(twins().filter(({ taskState }) => taskState !== 'deleting')).toHaveLength(1);
  expect((await bench.nb(['delete', 'tw', '--yes', '-q'])).exitCode).toBe(0);
}, 60_000);

test('two processes that create the same twenty names make twenty, each told by exactly one', async () => {
  const names = namesOf(20, 'both');
  const words = ['create', '--from', '-', '--if-exists', 'skip', '-o', 'ndjson'];
  const ended = await Promise.all([1, 2].map(() => bench.nb(words, names.join('\n'))));
  const items = ended.flatMap(itemsIn);
  expect(
    ended.map(({ exitCode }) => exitCode),
    ended.map(({ stderr }) => stderr).join(),
  ).toEqual([0, 0]);
  const created = items.filter(({ result }) => result === 'created').map(({ name }) => name);
  expect(created.sort()).toEqual(names);
  expect(countsOf(items)).toEqual({ created: 20, exists: 20 });
  const there = liveServers(bench).filter((server) => nameOf(server).startsWith('both'));
  expect(there.map(nameOf).sort()).toEqual(names);
}, 60_000);
