import { expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../../src/openstack/errors.ts';
import { timeBudget } from '../../../src/openstack/http/time-budget.ts';
import { type Service, service, withDeadline } from '../../../src/openstack/service.ts';
import { failure, quietHttp, type Script, serve } from '../fake-service.ts';

const start = Date.parse('2026-11-22T12:00:00Z');

/** A service, and a clock that only pauses advance. */
async function serviceWith(script: Script, tokens?: Parameters<typeof service>[1]['tokens']) {
  const server = await serve(script);
  let time = start;
  const pauses: number[] = [];
  const { http } = quietHttp({
    now: () => new Date(time),
    sleep: async (ms) => {
      pauses.push(ms);
      time += ms;
    },
  });
  const nova = service(http, { name: 'Nova', baseUrl: `${server.url}/v2.1`, tokens });
  const advance = (ms: number) => {
    time += ms;
  };
  return { nova, pauses, advance, seen: server.seen };
}

const silent: Script = () => undefined;
const verbs: [string, (nova: Service) => Promise<unknown>][] = [
  ['GET', (nova) => nova.get('/x')],
  ['POST once', (nova) => nova.post('/x', {}, { once: true })],
  ['DELETE', (nova) => nova.delete('/x')],
];

test('withDeadline does not change a request that ends before it', async () => {
  const { nova } = await serviceWith(() => ({ json: { ok: true } }));
  expect((await withDeadline(nova, start + 5_000).get('/x')).body).toEqual({ ok: true });
});

test.each(verbs)('a %s after its deadline is not sent', async (_, send) => {
  const { nova, advance, seen } = await serviceWith(() => ({}));
  const limited = withDeadline(nova, start + 1_000);
  advance(1_000);
  const error = await failure(send(limited));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ reason: 'timeout', sent: false, code: 'UNREACHABLE' });
  expect((error as Error).message).toMatch(
    /^Nova at 127.* did not answer in time \(no time was left/,
  );
  expect(seen).toEqual([]);
});

test.each(verbs)('a %s to a service that sends nothing ends at its deadline', async (_, send) => {
  const { nova, seen } = await serviceWith(silent);
  const startedAt = performance.now();
  const error = await failure(send(withDeadline(nova, start + 100)));
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(error).toMatchObject({ reason: 'timeout', sent: true });
  expect(seen).toHaveLength(1);
});

test('a Retry-After beyond the deadline ends the retries', async () => {
  const { nova, pauses, seen } = await serviceWith(() => ({
    status: 503,
    headers: { 'Retry-After': '20' },
  }));
  const error = await failure(withDeadline(nova, start + 30_000).get('/x'));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 503 });
  expect(pauses).toEqual([20_000]);
  expect(seen).toHaveLength(2);
});

test('withDeadline leaves the service that it is called with unchanged', async () => {
  const { nova, pauses } = await serviceWith(() => ({
    status: 503,
    headers: { 'Retry-After': '20' },
  }));
  withDeadline(nova, start + 30_000);
  await failure(nova.get('/x'));
  expect(pauses).toEqual([20_000, 20_000, 20_000]);
});

test('withDeadline keeps the earlier of two deadlines, also for another base URL', async () => {
  const { nova, advance, seen } = await serviceWith(() => ({}));
  const limited = withDeadline(withDeadline(nova, start + 1_000), start + 9_000);
  advance(2_000);
  expect(await failure(limited.get('/x'))).toMatchObject({ reason: 'timeout' });
  expect(await failure(limited.at(nova.baseUrl).get('/x'))).toMatchObject({ reason: 'timeout' });
  expect(seen).toEqual([]);
});

test('withDeadline also limits the time for a token', async () => {
  const never = () => new Promise<string>(() => {});
  const slow = await serviceWith(() => ({}), { current: never, renew: never });
  const limited = withDeadline(slow.nova, start + 50);
  expect(await failure(limited.get('/x'))).toMatchObject({ reason: 'timeout', sent: false });

  const refused = await serviceWith(() => ({ status: 401 }), {
    current: async () => 'a',
    renew: never,
  });
  const error = await failure(withDeadline(refused.nova, start + 200).get('/x'));
  expect(error).toMatchObject({ reason: 'timeout', sent: false });
  expect(refused.seen).toHaveLength(1);
});

const forToken = async (endMs: number | undefined, tokenMs: number) => {
  const budget = timeBudget(
    { now: () => new Date(start), deadline: () => Number.POSITIVE_INFINITY },
    'Nova',
    {
      baseUrl: 'https://nova.example.org',
      deadline: endMs === undefined ? undefined : start + endMs,
    },
  );
  const work = () => new Promise((resolve) => setTimeout(() => resolve('token'), tokenMs));
  return budget.bound(work).catch((error: { reason?: string }) => error.reason);
};

test.each([
  ['without a deadline', undefined, 5, 'token'],
  ['with a deadline in 30 days, which is longer than a timer of Node', 30 * 86_400_000, 5, 'token'],
  // Its own request times out at the deadline, with an error that names its service.
  ['that ends just after the deadline', 20, 300, 'token'],
  ['that does not end', 20, 5_000, 'timeout'],
] as const)('bound waits for work %s', async (_what, endMs, tokenMs, result) => {
  expect(await forToken(endMs, tokenMs)).toBe(result);
});
