import { expect, test } from 'vitest';
import { NubesError } from '../../src/errors.ts';
import { ApiError } from '../../src/openstack/errors.ts';
import { service } from '../../src/openstack/service.ts';
import { failure, quietHttp, serve } from './fake-service.ts';

function renewing(answer: string) {
  const refused: string[] = [];
  return {
    refused,
    tokens: {
      current: async () => 'first-token',
      renew: async (token: string) => {
        refused.push(token);
        return answer;
      },
    },
  };
}

test('post sends the token, the microversion and JSON headers', async () => {
  const server = await serve(() => ({ headers: { 'X-Compute-Request-Id': 'req-1' }, json: {} }));
  const { http } = quietHttp();
  const { tokens } = renewing('second-token');
  const nova = service(http, { name: 'Nova', baseUrl: server.url, tokens, microversion: '2.90' });
  const reply = await nova.post('/servers', { a: 1 });
  expect(server.seen[0]?.headers).toMatchObject({
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'nubes-nb/test',
    'x-auth-token': 'first-token',
    'openstack-api-version': 'compute 2.90',
    'x-openstack-nova-api-version': '2.90',
  });
  expect(server.seen[0]?.body).toEqual({ a: 1 });
  expect(reply).toMatchObject({ status: 200, requestId: 'req-1', body: {} });
  expect(reply.date).toBeInstanceOf(Date);
});

test('a 401 renews the token and sends the request again, even a POST once', async () => {
  const server = await serve(({ headers }) => ({
    status: headers['x-auth-token'] === 'second-token' ? 202 : 401,
  }));
  const { tokens, refused } = renewing('second-token');
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url, tokens });
  expect((await nova.post('/servers', {}, { once: true })).status).toBe(202);
  expect(refused).toEqual(['first-token']);
  expect(server.seen).toHaveLength(2);
});

test('a second 401 after the renewal of the token is SESSION_EXPIRED', async () => {
  const server = await serve(() => ({ status: 401 }));
  const { tokens, refused } = renewing('second-token');
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url, tokens });
  const error = await failure(nova.get('/servers'));
  expect(error).toMatchObject({ code: 'SESSION_EXPIRED', exit: 4, hint: 'nubes-nb login' });
  expect(refused).toHaveLength(1);
  expect(server.seen).toHaveLength(2);
});

test('a 401 without tokens is final', async () => {
  const server = await serve(() => ({ status: 401 }));
  const keystone = service(quietHttp().http, { name: 'Keystone', baseUrl: server.url });
  expect(await failure(keystone.post('/auth/tokens', {}))).toMatchObject({ status: 401 });
  expect(server.seen).toHaveLength(1);
});

test('a redirect is not followed, so the token is not sent to another host', async () => {
  const redirectTarget = await serve(() => ({ json: {} }));
  const server = await serve(() => ({ status: 302, headers: { Location: redirectTarget.url } }));
  const { tokens } = renewing('second-token');
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url, tokens });
  expect(await failure(nova.get('/servers'))).toMatchObject({
    code: 'SERVICE_ERROR',
    status: 302,
    message: `The answer from ${server.url} is not what Nova sends: a redirect to ${redirectTarget.url}/.`,
  });
  expect(redirectTarget.seen).toEqual([]);
});

test.each([
  ['cut-off JSON', '{"servers":[{"id"'],
  ['a page of HTML', '<html><body>Please log in to the guest network</body></html>'],
])('a 200 with %s is SERVICE_ERROR', async (_name, text) => {
  const server = await serve(() => ({ text, headers: { 'X-Openstack-Request-Id': 'req-7' } }));
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url });
  const error = await failure(nova.get('/servers'));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'SERVICE_ERROR', status: 200, requestId: 'req-7' });
  expect(server.seen).toHaveLength(1);
});

test('a GET whose response ends early is sent again', async () => {
  const server = await serve((_seen, response, nth) => {
    if (nth > 1) return { json: { whole: true } };
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
    response.write('{"whole":', () => response.destroy());
    return undefined;
  });
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url });
  expect((await nova.get('/servers')).body).toEqual({ whole: true });
});

test('a response above 16 MiB is SERVICE_ERROR', async () => {
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  const server = await serve((_seen, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
    return undefined;
  });
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url });
  expect(await failure(nova.get('/servers'))).toMatchObject({
    code: 'SERVICE_ERROR',
    message: 'The response of Nova exceeds the size limit.',
  });
});

test.each(['SIGINT', 'SIGTERM'])('%s aborts a GET at once', async (reason) => {
  const stop = new AbortController();
  const server = await serve(() => {
    stop.abort(reason);
    return undefined;
  });
  const nova = service(quietHttp({ signal: stop.signal }).http, {
    name: 'Nova',
    baseUrl: server.url,
  });
  expect(await failure(nova.get('/servers'))).toMatchObject({
    code: reason === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED',
    exit: reason === 'SIGINT' ? 130 : 143,
  });
});

test.each(['post', 'delete'] as const)(
  'a %s that was sent before Ctrl-C is not aborted',
  async (method) => {
    const stop = new AbortController();
    const server = await serve((_seen, response) => {
      stop.abort('SIGINT');
      setImmediate(() => response.writeHead(202).end('{"done":true}'));
      return undefined;
    });
    const { http } = quietHttp({ signal: stop.signal });
    const nova = service(http, { name: 'Nova', baseUrl: server.url });
    const reply = method === 'delete' ? nova.delete('/x') : nova.post('/x', {});
    expect((await reply).body).toEqual({ done: true });
    expect(await failure(nova.delete('/x'))).toMatchObject({ code: 'INTERRUPTED' });
    expect(server.seen).toHaveLength(1);
  },
);

test('Ctrl-C ends the pause before a retry', async () => {
  const stop = new AbortController();
  const server = await serve(() => ({ status: 503 }));
  const { http } = quietHttp({
    signal: stop.signal,
    sleep: async (_ms, signal) => {
      stop.abort('SIGINT');
      throw signal?.reason;
    },
  });
  const nova = service(http, { name: 'Nova', baseUrl: server.url });
  expect(await failure(nova.get('/x'))).toMatchObject({ code: 'INTERRUPTED' });
  expect(server.seen).toHaveLength(1);
});

test.each([
  'http://openstack.example.org:8774/v2.1',
  'http://127.evil.example.org/',
  'http://localhost.example.org/',
  'ftp://127.0.0.1/',
  'https://user:hunter2@127.0.0.1/',
  'not a url',
])('service refuses the base URL %s', (baseUrl) => {
  const { http } = quietHttp();
  const open = () => service(http, { name: 'Nova', baseUrl });
  expect(open).toThrow(NubesError);
  expect(open).toThrow(expect.objectContaining({ code: 'CONFIGURATION', exit: 11 }));
  expect(open).not.toThrow(/hunter2/);
});

test.each([
  ['http://127.0.0.1:5000/v3/', 'http://127.0.0.1:5000/v3'],
  ['http://127.8.9.10/', 'http://127.8.9.10'],
  ['http://[::1]:5000/v3', 'http://[::1]:5000/v3'],
  ['http://localhost:5000/identity/v3//', 'http://localhost:5000/identity/v3'],
  ['https://openstack.example.org:8774/v2.1?x=1', 'https://openstack.example.org:8774/v2.1'],
])('service turns the base URL %s into %s', (given, baseUrl) => {
  expect(service(quietHttp().http, { name: 'Nova', baseUrl: given }).baseUrl).toBe(baseUrl);
});

test('a path cannot leave the base URL', async () => {
  const server = await serve(() => ({ json: {} }));
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: `${server.url}/v2.1` });
  expect(await failure(nova.delete('/servers/..'))).toMatchObject({ code: 'USAGE' });
  expect(server.seen).toEqual([]);
});

test('the trace has one line for each attempt, without the token and the body', async () => {
  const server = await serve((_seen, _response, nth) => ({
    status: nth === 1 ? 503 : 200,
    headers: { 'X-Openstack-Request-Id': `req-${nth}` },
    json: { reply: 'body' },
  }));
  const { http, lines } = quietHttp();
  const { tokens } = renewing('second-token');
  const nova = service(http, { name: 'Nova', baseUrl: server.url, tokens });
  await nova.get('/servers', { tags: 'a,b' });
  expect(lines).toEqual([
    `GET ${server.url}/servers?tags=a%2Cb 503 0 ms req-1`,
    `GET ${server.url}/servers?tags=a%2Cb 200 0 ms req-2`,
  ]);
  expect(http.requests()).toBe(2);
});
