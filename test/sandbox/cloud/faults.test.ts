import { expect, test } from 'vitest';
import { startTestCloud } from './test-cloud.ts';

const create = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;
const list = { service: 'Nova', method: 'GET', path: /\/servers/ } as const;

test('error-after-202 puts an accepted server in ERROR', async () => {
  const { cloud, create: make, nova, advance } = await startTestCloud();
  cloud.faults.next(create, 'error-after-202');
  const made = await make();
  expect(made.status).toBe(202);
  advance(3000);
  const shown = await nova('GET', `/servers/${made.at('server.id')}`);
  expect(shown.at('server.status')).toBe('ERROR');
  expect(shown.at('server.fault.message')).toBe('No valid host was found. ');
});

test('bad-gateway-after-create answers 502 and creates the server', async () => {
  const { cloud, create: make } = await startTestCloud();
  cloud.faults.next(create, 'bad-gateway-after-create');
  const made = await make();
  expect(made.status).toBe(502);
  expect(made.headers.get('content-type')).toContain('text/html');
  expect(cloud.servers.size).toBe(1);
  expect(cloud.faults.pending()).toBe(0);
});

test('reset prevents the creation of a server, reset-after does not', async () => {
  const { cloud, create: make } = await startTestCloud();
  cloud.faults.next(create, 'reset');
  await expect(make()).rejects.toThrow();
  expect(cloud.servers.size).toBe(0);
  cloud.faults.next(create, 'reset-after');
  await expect(make()).rejects.toThrow();
  expect(cloud.servers.size).toBe(1);
  expect(cloud.requests.filter(({ status }) => status === 0)).toHaveLength(2);
});

test('list-lag hides a new server from lists, but not from GET by id', async () => {
  const { cloud, create: make, nova, advance } = await startTestCloud();
  cloud.faults.next(create, 'list-lag', { ms: 5000 });
  const made = await make();
  expect((await nova('GET', '/servers')).at('servers.length')).toBe(0);
  expect((await nova('GET', `/servers/${made.at('server.id')}`)).status).toBe(200);
  advance(5000);
  expect((await nova('GET', '/servers')).at('servers.length')).toBe(1);
});

test('faults that replace a reply are injected one per request, in order', async () => {
  const { cloud, nova } = await startTestCloud();
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

test('slow delays a reply and does not change it', async () => {
  const { cloud, nova } = await startTestCloud();
  cloud.faults.next(list, 'slow', { ms: 40 });
  const before = performance.now();
  expect((await nova('GET', '/servers')).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThan(35);
});

test('rate fails the same requests for the same seed, about the requested fraction', async () => {
  const outcomes = async (seed: number) => {
    const { cloud, nova } = await startTestCloud();
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
