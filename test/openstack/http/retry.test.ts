import { expect, test, vi } from 'vitest';
import { ApiError, ConnectionError, type ConnectionReason } from '../../../src/openstack/errors.ts';
import { type Repetition, withRetries } from '../../../src/openstack/http/retry.ts';
import {
  type HttpOptions,
  type Service,
  service,
  withDeadline,
} from '../../../src/openstack/service.ts';
import { failure, quietHttp, type Script, serve } from '../fake-service.ts';

const repetitions = ['repeatable', 'action', 'once'] as const;

/** The number of attempts of a request that always fails in this way. */
async function attemptsOf(repetition: Repetition, error: Error): Promise<number> {
  const { http } = quietHttp();
  const send = vi.fn(() => Promise.reject(error));
  const time = { remainingMs: () => Number.POSITIVE_INFINITY };
  expect(await failure(withRetries(http, repetition, time, send))).toBe(error);
  return send.mock.calls.length;
}

test.each<[status: number, retryAfterMs: number | undefined, counts: number[]]>([
  [400, undefined, [1, 1, 1]],
  [401, undefined, [1, 1, 1]],
  [403, undefined, [1, 1, 1]],
  [404, undefined, [1, 1, 1]],
  [406, undefined, [1, 1, 1]],
  [408, undefined, [4, 4, 1]],
  [409, undefined, [1, 1, 1]],
  [413, undefined, [1, 1, 1]],
  [413, 1_000, [4, 4, 4]],
  [429, undefined, [4, 4, 4]],
  [429, 1_000, [4, 4, 4]],
  [500, undefined, [2, 1, 1]],
  [501, undefined, [1, 1, 1]],
  [502, undefined, [4, 1, 1]],
  [503, undefined, [4, 1, 1]],
  [503, 1_000, [4, 1, 1]],
  [504, undefined, [4, 1, 1]],
])(
  'withRetries of %i, Retry-After %s: attempts for repeatable, action, once %j',
  async (status, retryAfterMs, counts) => {
    const error = () => new ApiError({ service: 'Nova', status, retryAfterMs });
    const found = await Promise.all(repetitions.map((each) => attemptsOf(each, error())));
    expect(found).toEqual(counts);
  },
);

test.each<[reason: ConnectionReason, sent: boolean, counts: number[]]>([
  ['refused', false, [4, 4, 4]],
  ['reset', false, [4, 4, 4]],
  ['reset', true, [4, 1, 1]],
  ['timeout', false, [4, 4, 4]],
  ['timeout', true, [4, 1, 1]],
  ['unresolved', false, [1, 1, 1]],
  ['tls', false, [1, 1, 1]],
  ['proxy', false, [1, 1, 1]],
  ['other', true, [1, 1, 1]],
])(
  'withRetries of %s, sent %s: attempts for repeatable, action, once %j',
  async (reason, sent, counts) => {
    const error = () => new ConnectionError({ service: 'Nova', host: 'h', reason, sent });
    const found = await Promise.all(repetitions.map((each) => attemptsOf(each, error())));
    expect(found).toEqual(counts);
  },
);

test('withRetries does not repeat after an error that is not of a service', async () => {
  expect(await attemptsOf('repeatable', new TypeError('x is undefined'))).toBe(1);
});

test.each([
  [0, [250, 500, 1_000]],
  [0.5, [500, 1_000, 2_000]],
  [0.999, [749.5, 1_499, 2_998]],
])('withRetries with random %d pauses for %j ms', async (random, expected) => {
  const { http, pauses } = quietHttp({ random: () => random });
  const time = { remainingMs: () => Number.POSITIVE_INFINITY };
  const error = new ApiError({ service: 'Nova', status: 502 });
  await failure(withRetries(http, 'repeatable', time, () => Promise.reject(error)));
  expect(pauses).toEqual(expected);
});

async function serviceWith(script: Script, options: Partial<HttpOptions> = {}) {
  const server = await serve(script);
  const { http, pauses } = quietHttp(options);
  const nova = service(http, { name: 'Nova', baseUrl: `${server.url}/v2.1` });
  return { nova, pauses, seen: server.seen, http };
}

const verbs: Record<string, (nova: Service) => Promise<unknown>> = {
  GET: (nova) => nova.get('/x'),
  PUT: (nova) => nova.put('/x', {}),
  DELETE: (nova) => nova.delete('/x'),
  'POST repeatable': (nova) => nova.post('/x', {}, { repeatable: true }),
  'POST action': (nova) => nova.post('/x', {}),
  'POST once': (nova) => nova.post('/x', {}, { once: true }),
};

/** 408 and 503 tell the three kinds of repetition apart. */
test.each([
  ['GET', 4, 4],
  ['PUT', 4, 4],
  ['DELETE', 4, 4],
  ['POST repeatable', 4, 4],
  ['POST action', 4, 1],
  ['POST once', 1, 1],
])(
  'a %s that gets 408 is sent %i times, one that gets 503 %i times',
  async (verb, timeouts, overloads) => {
    const send = verbs[verb];
    if (send === undefined) throw new Error(verb);
    for (const [status, count] of [
      [408, timeouts],
      [503, overloads],
    ] as const) {
      const { nova, seen } = await serviceWith(() => ({ status }));
      expect(await failure(send(nova))).toMatchObject({ status });
      expect(seen).toHaveLength(count);
    }
  },
);

test.each([
  ['GET', 4],
  ['POST action', 1],
  ['POST once', 1],
])('a %s whose connection is reset is sent %i times', async (verb, count) => {
  const { nova, seen } = await serviceWith((_, response) => {
    response.destroy();
    return undefined;
  });
  const error = await failure(verbs[verb]?.(nova) ?? Promise.resolve());
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ reason: 'reset', sent: true, code: 'UNREACHABLE', exit: 9 });
  expect(seen).toHaveLength(count);
});

test('a request on a reused connection counts as sent', async () => {
  const { nova, seen } = await serviceWith((_seen, response, nth) => {
    if (nth > 1) response.destroy();
    return nth > 1 ? undefined : {};
  });
  await nova.get('/x');
  expect(await failure(nova.post('/x', {}))).toMatchObject({ reason: 'reset', sent: true });
  expect(seen).toHaveLength(2);
  expect(seen[1]?.port).toBe(seen[0]?.port);
});

test.each(Object.keys(verbs))('a %s whose connection is refused is sent 4 times', async (verb) => {
  const { http, pauses } = quietHttp();
  const nova = service(http, { name: 'Nova', baseUrl: 'http://127.0.0.1:9/v2.1' });
  const error = await failure(verbs[verb]?.(nova) ?? Promise.resolve());
  expect(error).toMatchObject({ reason: 'refused', sent: false, requestId: undefined });
  expect(http.requests()).toBe(4);
  expect(pauses).toEqual([500, 1000, 2000]);
});

test('a GET whose second attempt succeeds returns its reply', async () => {
  const { nova, pauses } = await serviceWith((_seen, _response, nth) =>
    nth === 1 ? { status: 503, text: '<html>busy</html>' } : { json: { fine: true } },
  );
  expect((await nova.get('/x')).body).toEqual({ fine: true });
  expect(pauses).toEqual([500]);
});

test('a second 500 ends the retries even if another failure comes between', async () => {
  const answers = [500, 503, 500, 200];
  const { nova, seen } = await serviceWith((_seen, _response, nth) => ({
    status: answers[nth - 1] ?? 200,
  }));
  expect(await failure(nova.get('/x'))).toMatchObject({ status: 500 });
  expect(seen).toHaveLength(3);
});

test.each([
  ['7', 7_000],
  ['Sun, 22 Nov 2026 12:00:09 GMT', 9_000],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ['3600', 3_600_000],
  ['99999999999', 24 * 3_600_000],
  ['soon', 500],
])('a GET that gets Retry-After: %s pauses for %i ms', async (value, pause) => {
  const { nova, pauses } = await serviceWith((_seen, _response, nth) =>
    nth === 1 ? { status: 503, headers: { 'Retry-After': value } } : {},
  );
  await nova.get('/x');
  expect(pauses).toEqual([pause]);
});

test('a pause that a service asks for is reported once for requests at the same time', async () => {
  const reported: [string, number][] = [];
  const { nova } = await serviceWith(
    (_seen, _response, nth) => (nth <= 2 ? { status: 429, headers: { 'Retry-After': '7' } } : {}),
    {
      now: () => new Date(0),
      sleep: async () => {},
      onPause: (service, ms) => reported.push([service, ms]),
    },
  );
  await Promise.all([nova.get('/x'), nova.get('/y')]);
  expect(reported).toEqual([['Nova', 7_000]]);
});

test.each([
  ['60', 1, []],
  ['20', 2, [20_000]],
])(
  'a request of 30 s whose service asks to wait %s s is sent %i times',
  async (after, sent, waited) => {
    const { nova, pauses, seen } = await serviceWith(
      () => ({ status: 429, headers: { 'Retry-After': after } }),
      { requestTimeoutMs: 30_000 },
    );
    expect(await failure(nova.get('/x'))).toMatchObject({
      hint: `try again in ${after} s, as Nova asks`,
    });
    expect([seen.length, pauses]).toEqual([sent, waited]);
  },
);

test('the deadline of the command ends requests that have none of their own', async () => {
  const { nova, seen } = await serviceWith(() => ({ status: 503 }), {
    now: () => new Date(5_000),
    deadline: () => 5_000,
  });
  expect(await failure(nova.get('/x'))).toMatchObject({ reason: 'timeout', sent: false });
  expect(await failure(withDeadline(nova, 4_000).get('/x'))).toMatchObject({ reason: 'timeout' });
  expect(seen).toEqual([]);
});

test('all attempts of a request have one request id, and the next request another', async () => {
  const { nova, seen } = await serviceWith(
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

test('a POST once uses a new connection', async () => {
  const { nova, seen } = await serviceWith(() => ({}));
  await nova.get('/x');
  await nova.get('/x');
  await nova.post('/x', {}, { once: true });
  const ports = seen.map(({ port }) => port);
  expect(ports[1]).toBe(ports[0]);
  expect(ports[2]).not.toBe(ports[0]);
});

test.each([429, 503])('a %i delays the other requests as well', async (status) => {
  let first = true;
  const pauses: number[] = [];
  const { nova, http } = await serviceWith(
    (_request, response) => {
      if (!first) return void response.end('{}');
      first = false;
      response.writeHead(status, { 'Retry-After': '7' }).end('{}');
    },
    {
      now: () => new Date('2026-11-22T12:00:00Z'),
      sleep: async (ms) => {
        pauses.push(ms);
      },
    },
  );
  const limited = nova.get('/x');
  await vi.waitFor(() => expect(http.rateLimitMs()).toBe(7_000));
  await Promise.all([limited, nova.get('/y')]);
  expect(new Set(pauses)).toEqual(new Set([7_000]));
  expect(pauses.length).toBeGreaterThan(1);
});

test('a rate limit that begins during the pause before a retry delays the retry', async () => {
  const pauses: number[] = [];
  let now = Date.parse('2026-11-22T12:00:00Z');
  const { nova, http } = await serviceWith(
    (_seen, _response, nth) => ({ status: nth === 1 ? 503 : 200 }),
    {
      now: () => new Date(now),
      sleep: async (ms) => {
        pauses.push(ms);
        if (pauses.length === 1) http.limitRate(7_000);
        now += ms;
      },
    },
  );
  await nova.get('/x');
  expect(pauses).toEqual([500, 6_500]);
});
