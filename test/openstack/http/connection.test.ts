import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { generate } from 'selfsigned';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ConnectionError } from '../../../src/openstack/errors.ts';
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
  const silent = net.createServer(() => undefined).listen(0, '127.0.0.1');
  const sockets: net.Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  await new Promise((done) => silent.once('listening', done));
  const { port } = silent.address() as AddressInfo;
  const away = nova(`https://127.0.0.1:${port}`, { timeoutMs: 60 });
  expect(await failure(away.post('/x', {}, { once: true }))).toMatchObject({
    reason: 'timeout',
    sent: false,
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
  expect((await away.post('/x', {}, { once: true })).body).toEqual({ fine: true });
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
