import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CloudServer } from '../../src/sandbox/cloud/cloud.ts';
import { liveServers, noQuota, post, setQuota } from '../support/cloud.ts';
import { countsOf, itemsIn, namesOf } from '../support/items.ts';
import { type ProcessBench, processBench, until } from '../support/processes.ts';

let bench: ProcessBench;
beforeAll(async () => {
  bench = await processBench({ bootMs: 300, readyMs: 100 }, 'per_user = 200\nconcurrency = 8');
  setQuota(bench, noQuota);
}, 60_000);
afterAll(() => bench.close());

const nameOf = ({ metadata }: CloudServer) => metadata['nubes-nb:notebook'] ?? '';

test('create keeps the first of two VMs of one name whose commands were both killed, and removes the second', async () => {
  const words = ['create', 'tw', '--if-exists', 'skip', '-o', 'ndjson'];
  const twins = () => liveServers(bench).filter((server) => nameOf(server) === 'tw');
  const file = join(bench.stateFolder, 'journal.ndjson');
  const journal = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  // The other process waits up to 5 seconds for it to be listed.
  bench.sandbox.cloud.faults.next(post, 'slow', { ms: 7_000 });
  const late = bench.start(words);
  await until(() => /"requested".*"tw"/.test(journal()));
  const early = bench.start(words);
  await until(() => twins().length === 1 && /"created".*"tw"/.test(journal()));
  early.kill('SIGKILL');
  await until(() => twins().length === 2);
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

test('two processes that create the same twenty names make twenty VMs, each reported as created by one of them', async () => {
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
