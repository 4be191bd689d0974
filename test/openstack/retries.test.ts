import { expect, test, vi } from 'vitest';
import { ApiError, ConnectionError } from '../../src/openstack/errors.ts';
import type { HttpOptions } from '../../src/openstack/service.ts';
import { type Service, service } from '../../src/openstack/service.ts';
import { failure, quietHttp, type Script, serve } from './loopback.ts';

async function against(script: Script, options: Partial<HttpOptions> = {}) {
  const server = await serve(script);
  const { http, pauses } = quietHttp(options);
  const nova = service(http, { name: 'Nova', baseUrl: `${server.url}/v2.1` });
  return { nova, pauses, seen: server.seen, http };
}

const kinds: Record<string, (nova: Service) => Promise<unknown>> = {
  GET: (nova) => nova.get('/x'),
  DELETE: (nova) => nova.delete('/x'),
  'POST action': (nova) => nova.post('/x', {}),
  'POST once': (nova) => nova.post('/x', {}, { once: true }),
  'POST repeatable': (nova) => nova.post('/x', {}, { repeatable: true }),
};

/** Requests that reach the server when it always fails so. */
const table: [answer: string, status: number, retryAfter: string | undefined, number[]][] = [
  ['400', 400, undefined, [1, 1, 1, 1, 1]],
  ['403', 403, undefined, [1, 1, 1, 1, 1]],
  ['404', 404, undefined, [1, 1, 1, 1, 1]],
  ['406', 406, undefined, [1, 1, 1, 1, 1]],
  ['409', 409, undefined, [1, 1, 1, 1, 1]],
  ['408', 408, undefined, [4, 4, 4, 1, 4]],
  ['413', 413, undefined, [1, 1, 1, 1, 1]],
  ['413 with Retry-After', 413, '1', [4, 4, 4, 4, 4]],
  ['429', 429, undefined, [4, 4, 4, 4, 4]],
  ['429 with Retry-After', 429, '1', [4, 4, 4, 4, 4]],
  ['500', 500, undefined, [2, 2, 1, 1, 2]],
  ['501', 501, undefined, [1, 1, 1, 1, 1]],
  ['502', 502, undefined, [4, 4, 1, 1, 4]],
  ['503', 503, undefined, [4, 4, 1, 1, 4]],
  ['503 with Retry-After', 503, '1', [4, 4, 1, 1, 4]],
  ['504', 504, undefined, [4, 4, 1, 1, 4]],
];
const cases = table.flatMap(([answer, status, retryAfter, counts]) =>
  Object.keys(kinds).map((kind, index) => ({
    kind,
    answer,
    status,
    retryAfter,
    count: counts[index],
  })),
);

test.each(cases)('$kind that gets $answer is sent $count times', async (each) => {
  const { nova, seen } = await against(() => ({
    status: each.status,
    ...(each.retryAfter ? { headers: { 'Retry-After': each.retryAfter } } : {}),
  }));
  const error = await failure(kinds[each.kind]?.(nova) ?? Promise.resolve());
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: each.status });
  expect(seen).toHaveLength(each.count ?? 0);
});

test.each([
  ['GET', 4],
  ['DELETE', 4],
  ['POST action', 1],
  ['POST once', 1],
])('%s whose connection is reset is sent %i times', async (kind, count) => {
  const { nova, seen } = await against((_, response) => {
    response.destroy();
    return undefined;
  });
  const error = await failure(kinds[kind]?.(nova) ?? Promise.resolve());
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ reason: 'reset', sent: true, code: 'UNREACHABLE', exit: 9 });
  expect(seen).toHaveLength(count);
});

test('on a connection used before, a request counts as sent at once', async () => {
  const { nova, seen } = await against((_seen, response, nth) => {
    if (nth > 1) response.destroy();
    return nth > 1 ? undefined : {};
  });
  await nova.get('/x');
  expect(await failure(nova.post('/x', {}))).toMatchObject({ reason: 'reset', sent: true });
  expect(seen).toHaveLength(2);
  expect(seen[1]?.port).toBe(seen[0]?.port);
});

test.each(Object.keys(kinds))('%s is tried again where the connection is refused', async (kind) => {
  const { http, pauses } = quietHttp();
  const nova = service(http, { name: 'Nova', baseUrl: 'http://127.0.0.1:9/v2.1' });
  const error = await failure(kinds[kind]?.(nova) ?? Promise.resolve());
  expect(error).toMatchObject({ reason: 'refused', sent: false, requestId: undefined });
  expect(http.requests()).toBe(4);
  expect(pauses).toEqual([500, 1000, 2000]);
});

test('a GET that succeeds at the second try is a success', async () => {
  const { nova, pauses } = await against((_seen, _response, nth) =>
    nth === 1 ? { status: 503, text: '<html>busy</html>' } : { json: { fine: true } },
  );
  expect((await nova.get('/x')).body).toEqual({ fine: true });
  expect(pauses).toEqual([500]);
});

test('a 500 is repeated once even when other failures come between', async () => {
  const answers = [500, 503, 500, 200];
  const { nova, seen } = await against((_seen, _response, nth) => ({
    status: answers[nth - 1] ?? 200,
  }));
  expect(await failure(nova.get('/x'))).toMatchObject({ status: 500 });
  expect(seen).toHaveLength(3);
});

test.each([
  ['seconds', '7', 7_000],
  ['an HTTP date', 'Sun, 22 Nov 2026 12:00:09 GMT', 9_000],
  ['a date that is past', 'Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ['an hour, cut to a minute', '3600', 60_000],
  ['nonsense, so our own pause', 'soon', 500],
])('Retry-After of %s is kept', async (_name, value, pause) => {
  const { nova, pauses } = await against((_seen, _response, nth) =>
    nth === 1 ? { status: 503, headers: { 'Retry-After': value } } : {},
  );
  await nova.get('/x');
  expect(pauses).toEqual([pause]);
});

test('all tries of one request carry one request id, another request another', async () => {
  const { nova, seen } = await against(
    (_seen, _response, nth) => ({ status: nth === 1 ? 503 : 200 }),
    { random: Math.random },
  );
  await nova.get('/x');
  await nova.get('/x');
  const ids = seen.map(({ headers }) => headers['x-openstack-request-id']);
  expect(ids[0]).toMatch(
    /^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('a POST of which there must not be two goes out on a connection of its own', async () => {
  const { nova, seen } = await against(() => ({}));
  await nova.get('/x');
  await nova.get('/x');
  await nova.post('/x', {}, { once: true });
  const ports = seen.map(({ port }) => port);
  expect(ports[1]).toBe(ports[0]);
  expect(ports[2]).not.toBe(ports[0]);
});

test('a 429 holds back what others ask meanwhile', async () => {
  let first = true;
  const pauses: number[] = [];
  const { nova, http } = await against(
    (_request, response) => {
      if (!first) return void response.end('{}');
      first = false;
      response.writeHead(429, { 'Retry-After': '7' }).end('{}');
    },
    {
      now: () => new Date('2026-11-22T12:00:00Z'),
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
      },
    },
  );
  const held = nova.get('/x');
  await vi.waitFor(() => expect(http.held()).toBe(7_000));
  await Promise.all([held, nova.get('/y')]);
  expect(new Set(pauses)).toEqual(new Set([7_000]));
  expect(pauses.length).toBeGreaterThan(1);
});

test('what others are told while it pauses itself is kept too', async () => {
  const pauses: number[] = [];
  let now = Date.parse('2026-11-22T12:00:00Z');
  const { nova, http } = await against(
    (_seen, _response, nth) => ({ status: nth === 1 ? 503 : 200 }),
    {
      now: () => new Date(now),
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length === 1) http.hold(7_000);
        now += milliseconds;
      },
    },
  );
  await nova.get('/x');
  expect(pauses).toEqual([500, 6_500]);
});
