import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConnectionError } from '../../../src/openstack/errors.ts';
import { connectionError, tooLarge } from '../../../src/openstack/http/connection.ts';
import type { HttpOptions } from '../../../src/openstack/service.ts';
import { service } from '../../../src/openstack/service.ts';
import { failure, quietHttp, serve } from '../fake-service.ts';

function nova(baseUrl: string, options: Partial<HttpOptions> = {}) {
  return service(quietHttp(options).http, { name: 'Nova', baseUrl });
}

/** One for each name, because keys take long to generate. */
const certificates = new Map<string, Promise<{ key: string; cert: string }>>();
function certificate(name = 'localhost') {
  const made = certificates.get(name) ?? makeCertificate(name);
  certificates.set(name, made);
  return made;
}

async function makeCertificate(name: string) {
  const made = await generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          { type: 7, ip: name === 'localhost' ? '127.0.0.1' : '192.0.2.1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}

async function caFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nubes-nb-ca-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'ca.pem');
  await writeFile(path, text);
  return path;
}

test('an untrusted certificate is refused, and the hint names openstack.ca_file', async () => {
  const server = await serve(() => ({ json: {} }), await certificate());
  const error = await failure(nova(server.url).post('/servers', {}, { once: true }));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', exit: 9, reason: 'tls', sent: false });
  expect(error).toMatchObject({ hint: expect.stringContaining('openstack.ca_file') });
  expect(inspect(error)).toContain('self-signed');
  expect(server.seen).toEqual([]);
});

test('a certificate of openstack.ca_file is trusted, on shared and on new connections', async () => {
  const tls = await certificate();
  const server = await serve(() => ({ json: { fine: true } }), tls);
  const trusting = nova(server.url, { caFile: await caFile(tls.cert) });
  expect((await trusting.get('/x')).body).toEqual({ fine: true });
  expect((await trusting.post('/x', {}, { once: true })).body).toEqual({ fine: true });
});

test('a trusted certificate for another name is refused', async () => {
  const tls = await certificate('elsewhere.example.org');
  const server = await serve(() => ({ json: {} }), tls);
  const error = await failure(nova(server.url, { caFile: await caFile(tls.cert) }).get('/x'));
  expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', sent: false });
  expect(inspect(error)).toContain('for another name');
});

test.each([
  ['does not exist', undefined],
  ['is not PEM', 'hello'],
  ['is damaged', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
])('an openstack.ca_file that %s is a CONFIGURATION error', async (_name, text) => {
  const path = text === undefined ? '/nonexistent/ca.pem' : await caFile(text);
  const error = await failure(nova('https://127.0.0.1:9', { caFile: path }).get('/x'));
  expect(error).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
  expect(inspect(error)).toContain('openstack.ca_file');
});

test('http behind an https address is UNREACHABLE, not TLS_UNTRUSTED', async () => {
  const server = await serve(() => ({ json: {} }));
  const error = await failure(nova(server.url.replace('http:', 'https:')).get('/x'));
  expect(error).toMatchObject({ code: 'UNREACHABLE', reason: 'tls', sent: false });
});

test('a host that does not resolve fails without a retry', async () => {
  const { http: quiet } = quietHttp();
  const away = service(quiet, { name: 'Nova', baseUrl: 'https://nothing.invalid:8774/v2.1' });
  expect(await failure(away.get('/x'))).toMatchObject({ reason: 'unresolved', sent: false });
  expect(quiet.requests()).toBe(1);
});

test('a service that sends nothing times out, and the request counts as sent', async () => {
  const server = await serve(() => undefined);
  const error = await failure(nova(server.url, { timeoutMs: 60 }).post('/x', {}));
  expect(error).toMatchObject({ reason: 'timeout', sent: true, code: 'UNREACHABLE' });
  expect(inspect(error)).toMatch(/requestId: 'req-/);
});

test('a service that sends no TLS handshake times out, and the request counts as not sent', async () => {
  const away = nova((await silentServer()).url, { timeoutMs: 60 });
  expect(await failure(away.post('/x', {}, { once: true }))).toMatchObject({
    reason: 'timeout',
    sent: false,
  });
});

/** Accepts connections and sends nothing. */
async function silentServer() {
  const server = net.createServer().listen(0, '127.0.0.1');
  const sockets: net.Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise((done) => server.once('listening', done));
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

describe('the time to connect', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('a service that has the request may take longer', async () => {
    const server = await serve(() => undefined);
    let ended = false;
    const away = nova(server.url, { timeoutMs: 60_000 });
    const error = failure(away.post('/x', {}, { once: true })).finally(() => {
      ended = true;
    });
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(50_000);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await error).toMatchObject({ reason: 'timeout', sent: true });
  });

  test('a service that sends no TLS handshake has ten seconds', async () => {
    const { url, sockets } = await silentServer();
    const away = nova(url, { timeoutMs: 60_000 });
    const error = failure(away.post('/x', {}, { once: true }));
    for (const attempt of [1, 2, 3, 4]) {
      await vi.waitFor(() => expect(sockets).toHaveLength(attempt));
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(await error).toMatchObject({ reason: 'timeout', sent: false });
  });
});

/** A proxy that connects every CONNECT to one local port, or refuses it with a status. */
async function proxy(target: string, status = 200, tls?: { key: string; cert: string }) {
  const connects: { url: string | undefined; authorization: string | undefined }[] = [];
  const server = tls ? https.createServer(tls) : http.createServer();
  server.on('connect', (request, client: net.Socket) => {
    connects.push({ url: request.url, authorization: request.headers['proxy-authorization'] });
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\n{}`);
      return;
    }
    const upstream = net.connect(Number(new URL(target).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { connects, port: (server.address() as AddressInfo).port };
}

test('a request through a proxy is sent by name, and the proxy password is in no error', async () => {
  const tls = await certificate('cloud.example.org');
  const server = await serve(() => ({ json: { fine: true } }), tls);
  const { connects, port } = await proxy(server.url);
  const environment = { https_proxy: `http://me:hunter2@127.0.0.1:${port}` };
  const away = nova('https://cloud.example.org:8774', {
    environment,
    caFile: await caFile(tls.cert),
  });
  expect((await away.get('/x')).body).toEqual({ fine: true });
  await away.get('/x');
  expect(connects).toHaveLength(1);
  expect((await away.post('/x', {}, { once: true })).body).toEqual({ fine: true });
  expect(connects).toHaveLength(2);
  expect(connects[0]).toEqual({
    url: 'cloud.example.org:8774',
    authorization: `Basic ${Buffer.from('me:hunter2').toString('base64')}`,
  });
  const untrusting = nova('https://cloud.example.org:8774', { environment });
  const error = await failure(untrusting.get('/x'));
  expect(error).toMatchObject({ reason: 'tls', code: 'TLS_UNTRUSTED', sent: false });
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
});

test('a refusal of the proxy is a ConnectionError, not an ApiError', async () => {
  const { port, connects } = await proxy('http://127.0.0.1:9', 403);
  const away = nova('https://cloud.example.org:8774', {
    environment: { HTTPS_PROXY: `127.0.0.1:${port}` },
  });
  expect(await failure(away.get('/x'))).toMatchObject({
    reason: 'proxy',
    sent: false,
    message: 'The proxy did not connect to Nova at cloud.example.org:8774 (status 403).',
  });
  expect(connects).toHaveLength(1);
});

test.each([
  ['127.0.0.1:9', 'it refused the connection'],
  ['proxy.invalid:3128', 'its address cannot be found'],
])('a proxy that cannot be reached, %s, is said: %s', async (address, detail) => {
  const away = nova('https://cloud.example.org:8774', { environment: { HTTPS_PROXY: address } });
  expect(await failure(away.get('/x'))).toMatchObject({
    reason: 'proxy',
    message: `The proxy did not connect to Nova at cloud.example.org:8774 (${detail}).`,
    hint: 'check HTTPS_PROXY, ALL_PROXY and NO_PROXY',
  });
});

test('a service behind a proxy that sends nothing is a time-out of the service', async () => {
  const tls = await certificate('cloud.example.org');
  const { port } = await proxy((await serve(() => undefined, tls)).url);
  const away = nova('https://cloud.example.org:8774', {
    environment: { HTTPS_PROXY: `127.0.0.1:${port}` },
    caFile: await caFile(tls.cert),
    timeoutMs: 500,
  });
  const error = await failure(away.post('/x', {}, { once: true }));
  expect(error).toMatchObject({ reason: 'timeout', sent: true });
});

test('a request takes its proxy from the options only, and asks for no compression', async () => {
  vi.stubEnv('http_proxy', 'http://127.0.0.1:9');
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await serve(() => ({ json: { fine: true } }));
  const { body } = await nova(server.url).post('/x', { text: 'x'.repeat(500_000) });
  expect(body).toEqual({ fine: true });
  expect(server.seen[0]?.headers['accept-encoding']).toBe('identity');
});

test('a proxy that does not run is the reason of the ConnectionError', async () => {
  const away = nova('https://cloud.example.org:8774', {
    environment: { HTTPS_PROXY: 'http://127.0.0.1:9' },
  });
  expect(await failure(away.get('/x'))).toMatchObject({ reason: 'proxy', sent: false });
});

test.each([
  ['to the service', {}, 'get', 'its certificate is self-signed'],
  ['to the service, not shared', {}, 'post', 'its certificate is self-signed'],
  ['through a proxy', { proxy: 'http' }, 'get', 'its certificate is self-signed'],
  ['to an https proxy', { proxy: 'https' }, 'get', 'its certificate is self-signed'],
  ['to an https proxy, not shared', { proxy: 'https' }, 'post', 'its certificate is self-signed'],
] as const)(
  'NODE_TLS_REJECT_UNAUTHORIZED=0 does not switch off verification %s',
  async (_, through, method, reason) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const tls = await certificate('cloud.example.org');
    const server = await serve(() => ({ json: {} }), tls);
    const scheme = 'proxy' in through ? through.proxy : undefined;
    const { connects, port } = await proxy(server.url, 200, scheme === 'https' ? tls : undefined);
    const environment = { HTTPS_PROXY: `${scheme}://me:hunter2@127.0.0.1:${port}` };
    const away = scheme
      ? nova('https://cloud.example.org:8774', { environment })
      : nova(server.url);
    const error = await failure(
      method === 'get' ? away.get('/x') : away.post('/x', { password: 'hunter2' }, { once: true }),
    );
    expect(error).toMatchObject({ code: 'TLS_UNTRUSTED', sent: false });
    expect(inspect(error)).toContain(reason);
    expect(server.seen).toEqual([]);
    expect(connects).toHaveLength(scheme === 'http' ? 1 : 0);
  },
);

const request = {
  service: 'Nova',
  method: 'GET',
  url: new URL('https://cloud:8774/v2.1/x'),
  headers: {},
  body: undefined,
  requestId: 'req-1',
  remainingMs: 1_000,
  newConnection: false,
  interruptible: true,
} as const;
const sentRequest = {
  ...{ sent: () => true, proxyRefusal: () => undefined },
  ...{ proxied: false, abortReason: undefined },
};

test.each([
  ['ECONNREFUSED', 'refused', 'refused the connection.', undefined],
  ['EAI_AGAIN', 'unresolved', '', undefined],
  ['EPIPE', 'reset', 'closed the connection.', undefined],
  ['ERR_BAD_RESPONSE', 'reset', 'closed the connection.', undefined],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'ERR_SSL_WRONG_VERSION_NUMBER', undefined],
  ['Bearer hunter2', 'other', '', undefined],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', 'its CA is not trusted', 'openstack.ca_file'],
  ['CERT_HAS_EXPIRED', 'tls', 'its certificate has expired', 'ask your cloud team to renew it'],
  ['CERT_NOT_YET_VALID', 'tls', 'is not valid yet', 'check the clock of this computer'],
  ['CERT_REVOKED', 'tls', 'its certificate is revoked', 'ask your cloud team'],
  ['HOSTNAME_MISMATCH', 'tls', 'is for another name', 'check openstack.auth_url'],
])('the connection error for %s has the reason %s', (code, reason, detail, hint) => {
  // axios gives some errors a code, and puts others inside its own.
  for (const error of [{ code }, { cause: { code } }]) {
    const found = connectionError(error, request, sentRequest);
    expect(found).toMatchObject({ reason, sent: true, requestId: 'req-1' });
    expect(found.message).toContain(detail);
    if (hint !== undefined) expect(found.hint).toContain(hint);
    expect(inspect(found)).not.toContain('hunter2');
  }
});

test('a response that is too large is not a failure that a retry mends', () => {
  expect(tooLarge(request)).toMatchObject({ status: 200, requestId: 'req-1' });
});
