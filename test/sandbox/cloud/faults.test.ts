import { expect, test } from 'vitest';
import { startBench } from './bench.ts';

const create = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;
const list = { service: 'Nova', method: 'GET', path: /\/servers/ } as const;

test('an accepted server ends in ERROR for want of a host', async () => {
  const { cloud, create: make, nova, tick } = await startBench();
  cloud.faults.next(create, 'error-after-202');
  const made = await make();
  expect(made.status).toBe(202);
  tick(3000);
  const shown = await nova('GET', `/servers/${made.at('server.id')}`);
  expect(shown.at('server.status')).toBe('ERROR');
  expect(shown.at('server.fault.message')).toBe('No valid host was found. ');
});

test('a 502 after creating hides a server that is there', async () => {
  const { cloud, create: make } = await startBench();
  cloud.faults.next(create, 'bad-gateway-after-create');
  const made = await make();
  expect(made.status).toBe(502);
  expect(made.headers.get('content-type')).toContain('text/html');
  expect(cloud.servers.size).toBe(1);
  expect(cloud.faults.pending()).toBe(0);
});

test('a reset comes before the server is made, a reset-after comes after it', async () => {
  const { cloud, create: make } = await startBench();
  cloud.faults.next(create, 'reset');
  await expect(make()).rejects.toThrow();
  expect(cloud.servers.size).toBe(0);
  cloud.faults.next(create, 'reset-after');
  await expect(make()).rejects.toThrow();
  expect(cloud.servers.size).toBe(1);
  expect(cloud.requests.filter(({ status }) => status === 0)).toHaveLength(2);
});

test('a new server is missing from lists until the lag is over, but can be shown', async () => {
  const { cloud, create: make, nova, tick } = await startBench();
  cloud.faults.next(create, 'list-lag', { ms: 5000 });
  const made = await make();
  expect((await nova('GET', '/servers')).at('servers.length')).toBe(0);
  expect((await nova('GET', `/servers/${made.at('server.id')}`)).status).toBe(200);
  tick(5000);
  expect((await nova('GET', '/servers')).at('servers.length')).toBe(1);
});

test('replies are spoilt one a request, in the order of arming', async () => {
  const { cloud, nova } = await startBench();
  cloud.addServer({ name: 'nb-alice-thesis' });
  cloud.faults.next(list, 'html-503', { times: 2 });
  cloud.faults.next(list, 'too-many', { ms: 3000 });
  cloud.faults.next(list, 'unauthorized');
  cloud.faults.next(list, 'redirect');
  cloud.faults.next(list, 'truncated-json');
  const statuses: number[] = [];
  const waits: (string | null)[] = [];
  for (let count = 0; count < 6; count += 1) {
    const reply = await nova('GET', '/servers');
    statuses.push(reply.status);
    waits.push(reply.headers.get('retry-after'));
    if (count === 5) expect(reply.at('servers')).toBeUndefined();
  }
  expect(statuses).toEqual([503, 503, 429, 401, 302, 200]);
  expect(waits[2]).toBe('3');
  expect((await nova('GET', '/servers')).at('servers.length')).toBe(1);
});

test('a slow reply comes late and whole', async () => {
  const { cloud, nova } = await startBench();
  cloud.faults.next(list, 'slow', { ms: 40 });
  const before = performance.now();
  expect((await nova('GET', '/servers')).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThan(35);
});

test('a rate spoils the same requests for the same seed, about as many as asked', async () => {
  const outcomes = async (seed: number) => {
    const { cloud, nova } = await startBench();
    cloud.faults.rate('html-503', 0.3, seed, list);
    const statuses: number[] = [];
    for (let count = 0; count < 40; count += 1) {
      statuses.push((await nova('GET', '/servers')).status);
    }
    return statuses;
  };
  const first = await outcomes(7);
  expect(await outcomes(7)).toEqual(first);
  expect(await outcomes(8)).not.toEqual(first);
  const failed = first.filter((status) => status === 503).length;
  expect(failed).toBeGreaterThan(4);
  expect(failed).toBeLessThan(20);
});
