import { afterEach, expect, test } from 'vitest';
import { liveServers, noQuota, post, setQuota } from '../support/cloud.ts';
import { countsOf, itemsIn, namesOf } from '../support/items.ts';
import { type Workbench, workbench } from '../support/workbench.ts';

const seed = 20_261_124;
const boot = 25_000;
const ready = 5_000;
const concurrency = 25;
const speed = 25;
/** No ssh to ask Jupyter with: its processes take real time, which counts many times here. */
const environment = { PATH: '' };

let bench: Workbench;
afterEach(() => bench.close());

async function begin(): Promise<void> {
  bench = await workbench({ ldap: false, speed, pace: { bootMs: boot, readyMs: ready } });
  await bench.login();
  setQuota(bench, noQuota);
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 200\nconcurrency = ${concurrency}\n`);
}

/** The most requests within any period of this length. */
function busiest(requests: readonly { readonly at: Date }[], periodMs: number): number {
  const times = requests.map(({ at }) => at.getTime()).sort((one, other) => one - other);
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + periodMs).length),
  );
}

test('create of a hundred notebooks with --concurrency 25 keeps the number of polls independent of them', async () => {
  await begin();
  const began = bench.now().getTime();
  expect((await bench.nb('create one -q', { environment })).code).toBe(0);
  const one = bench.now().getTime() - began;
  const before = bench.sandbox.cloud.requests.length;
  const start = bench.now().getTime();
  const seen = await bench.nb('create --from - -o ndjson', {
    stdin: namesOf(100).join('\n'),
    environment,
  });
  const wall = bench.now().getTime() - start;
  const items = itemsIn(seen);
  expect(countsOf(items), seen.stderr).toEqual({ created: 100 });
  expect(seen.code).toBe(0);
  expect(liveServers(bench)).toHaveLength(101);
  const asked = bench.sandbox.cloud.requests.slice(before);
  const nova = asked.filter(({ service }) => service === 'Nova');
  const lists = asked.filter(({ path }) => path.endsWith('/servers/detail')).length;
  const createRequests = asked.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/servers'),
  );
  expect(createRequests).toHaveLength(100);
  const firstEnds = (createRequests[0]?.at.getTime() ?? 0) + boot + ready;
  expect(createRequests.filter(({ at }) => at.getTime() < firstEnds).length).toBeLessThanOrEqual(
    25,
  );
  // `npm run bench` holds it to 1.1. Here another test shares the machine, and its seconds count 25 times.
  expect(wall).toBeLessThanOrEqual(3 * 4 * one);
  expect(lists).toBeLessThanOrEqual(wall / 1_000 + 2);
  // Including consoles: each notebook in progress makes a request every four seconds.
  expect(nova.length).toBeLessThanOrEqual((wall / 1_000) * (concurrency / 4));
  expect(busiest(nova, 5_000)).toBeLessThanOrEqual(5 * concurrency);
}, 60_000);

test(`create of a hundred notebooks under random faults (seed ${seed}) reports each name once, and a rerun leaves one VM per name`, async () => {
  await begin();
  await bench.nb('create first -q --no-wait');
  await bench.nb('delete first -q --yes');
  const { faults } = bench.sandbox.cloud;
  faults.rate('bad-gateway-after-create', 0.05, seed, post);
  faults.rate('error-after-202', 0.05, seed + 1, post);
  faults.rate('list-lag', 0.2, seed + 2, post);
  faults.rate('reset', 0.02, seed + 3, { service: 'Nova' });
  const names = namesOf(100);
  const create = 'create --from - --if-exists skip --max-failures 100 -o ndjson';
  const seen = await bench.nb(create, { stdin: names.join('\n'), environment });
  const items = itemsIn(seen);
  expect(items.map(({ name }) => name).sort()).toEqual([...names].sort());
  const counts = countsOf(items);
  expect((counts['created'] ?? 0) + (counts['failed'] ?? 0)).toBe(100);
  for (const { result, id } of items) if (result === 'created') expect(id).not.toBeNull();
  const byName = () =>
    liveServers(bench).map(({ metadata }) => metadata['nubes-nb:notebook'] ?? '');
  expect(new Set(byName()).size).toBe(byName().length);

  faults.clear();
  const broken = liveServers(bench).filter(({ status }) => status === 'ERROR');
  const brokenNames = broken.map(({ metadata }) => metadata['nubes-nb:notebook'] ?? '');
  if (broken.length > 0) {
    expect((await bench.nb(['delete', ...brokenNames, '--yes', '-q'])).code).toBe(0);
  }
  const again = await bench.nb(create, { stdin: names.join('\n'), environment });
  expect(again.code, again.stderr).toBe(0);
  expect(countsOf(itemsIn(again))['failed']).toBeUndefined();
  expect(byName().sort()).toEqual([...names].sort());
}, 60_000);
