import { expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../src/openstack/errors.ts';
import { type Service, service, withDeadline } from '../../src/openstack/service.ts';
import { failure, quietHttp, type Script, serve } from './loopback.ts';

const start = Date.parse('2026-11-22T12:00:00Z');

/** A service and a clock that only pauses move. */
async function against(script: Script, tokens?: Parameters<typeof service>[1]['tokens']) {
  const server = await serve(script);
  let time = start;
  const pauses: number[] = [];
  const { http } = quietHttp({
    now: () => new Date(time),
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      time += milliseconds;
    },
  });
  const nova = service(http, { name: 'Nova', baseUrl: `${server.url}/v2.1`, tokens });
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { nova, pauses, pass, seen: server.seen };
}

const silent: Script = () => undefined;
const verbs: [string, (nova: Service) => Promise<unknown>][] = [
  ['GET', (nova) => nova.get('/x')],
  ['POST once', (nova) => nova.post('/x', {}, { once: true })],
  ['DELETE', (nova) => nova.delete('/x')],
];

test('a service that answers in time answers as ever', async () => {
  const { nova } = await against(() => ({ json: { ok: true } }));
  expect((await withDeadline(nova, start + 5_000).get('/x')).body).toEqual({ ok: true });
});

test.each(verbs)('a %s past the deadline is not sent', async (_, ask) => {
  const { nova, pass, seen } = await against(() => ({}));
  const limited = withDeadline(nova, start + 1_000);
  pass(1_000);
  const error = await failure(ask(limited));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ reason: 'timeout', sent: false, code: 'UNREACHABLE' });
  expect((error as Error).message).toMatch(/^Nova at 127.* did not answer in time \(no time was/);
  expect(seen).toEqual([]);
});

test.each(verbs)('a silent service ends a %s when the time is up', async (_, ask) => {
  const { nova, seen } = await against(silent);
  const began = performance.now();
  const error = await failure(ask(withDeadline(nova, start + 100)));
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(error).toMatchObject({ reason: 'timeout', sent: true });
  expect(seen).toHaveLength(1);
});

test('no pause goes beyond the deadline, whoever asks for it', async () => {
  const { nova, pauses, seen } = await against(() => ({
    status: 503,
    headers: { 'Retry-After': '20' },
  }));
  const error = await failure(withDeadline(nova, start + 30_000).get('/x'));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 503 });
  expect(pauses).toEqual([20_000]);
  expect(seen).toHaveLength(2);
});

test('without the deadline the same service is asked four times', async () => {
  const { nova, pauses } = await against(() => ({ status: 503, headers: { 'Retry-After': '20' } }));
  withDeadline(nova, start + 30_000);
  await failure(nova.get('/x'));
  expect(pauses).toEqual([20_000, 20_000, 20_000]);
});

test('the nearer of two deadlines counts, also below another base URL', async () => {
  const { nova, pass, seen } = await against(() => ({}));
  const limited = withDeadline(withDeadline(nova, start + 1_000), start + 9_000);
  pass(2_000);
  expect(await failure(limited.get('/x'))).toMatchObject({ reason: 'timeout' });
  expect(await failure(limited.at(nova.baseUrl).get('/x'))).toMatchObject({ reason: 'timeout' });
  expect(seen).toEqual([]);
});

test('a token that does not come in time is not waited for', async () => {
  const never = () => new Promise<string>(() => {});
  const slow = await against(() => ({}), { current: never, renew: never });
  const limited = withDeadline(slow.nova, start + 50);
  expect(await failure(limited.get('/x'))).toMatchObject({ reason: 'timeout', sent: false });

  const refused = await against(() => ({ status: 401 }), {
    current: async () => 'a',
    renew: never,
  });
  const error = await failure(withDeadline(refused.nova, start + 200).get('/x'));
  expect(error).toMatchObject({ reason: 'timeout', sent: false });
  expect(refused.seen).toHaveLength(1);
});
