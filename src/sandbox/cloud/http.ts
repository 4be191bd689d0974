import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type FaultKind, type FaultPlan, refusals, type ServiceName } from './faults.ts';
import { requestId } from './ids.ts';
import { empty, html, json, type Reply, webob } from './replies.ts';
import { actionIn, type CloudRequest, type RecordedRequest } from './requests.ts';

export interface ServiceOptions {
  readonly name: ServiceName;
  readonly now: () => Date;
  readonly faults: FaultPlan;
  /** Called when a request arrives, before its body is read. */
  readonly accept: () => RequestHandler;
}

/** What handles one request. */
export interface RequestHandler {
  readonly sendsDates: boolean;
  readonly record: (request: RecordedRequest) => void;
  readonly handle: (request: CloudRequest) => Reply | Promise<Reply>;
  /** This service's reply with that status, for the faults that are refusals. */
  readonly refuse: (request: CloudRequest, status: number) => Reply;
}

export interface RunningService {
  readonly origin: string;
  close(): Promise<void>;
}

/** oslo.middleware's `max_request_body_size`. */
const maxBodyBytes = 114_688;

/** Serves one OpenStack service on an ephemeral loopback port. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  let origin = '';
  const server = createServer((incoming, outgoing) => {
    answer(options, origin, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  options: ServiceOptions,
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const handler = options.accept();
  const text = await readText(incoming);
  const url = new URL(incoming.url ?? '/', origin);
  const method = incoming.method ?? 'GET';
  const action = actionIn(url.pathname, text ?? '');
  const faults = options.faults.take({ service: options.name, method, path: url.pathname, action });
  const request: CloudRequest = {
    service: options.name,
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    text: text ?? '',
    at: options.now(),
    requestId: requestId(),
    origin,
    faults,
  };
  const slowMs = faults.get('slow');
  if (slowMs !== undefined) await wait(slowMs, undefined, { ref: false });
  const reply = text === undefined ? tooLarge(request) : await handleWithFaults(handler, request);
  const isReset = faults.has('reset') || faults.has('reset-after');
  const isSilent = faults.has('silent');
  handler.record({
    service: request.service,
    method,
    path: request.path,
    action,
    query: url.search.slice(1),
    status: isReset || isSilent ? 0 : reply.status,
    at: request.at,
    requestId: request.requestId,
    globalRequestId: incoming.headers['x-openstack-request-id']?.toString(),
    bytes: Buffer.byteLength(reply.text),
  });
  if (isReset) incoming.socket.resetAndDestroy();
  else if (!isSilent) send(outgoing, reply, request, handler.sendsDates);
}

/** The service's reply, unless a fault replaces or damages it. */
async function handleWithFaults(handler: RequestHandler, request: CloudRequest): Promise<Reply> {
  for (const kind of request.faults.keys()) {
    const reply = repliesInsteadOfHandling[kind]?.(request, handler);
    if (reply) return reply;
  }
  const reply = await handler.handle(request);
  if (request.faults.has('bad-gateway-after-create')) return badGateway;
  if (request.faults.has('gateway-timeout-after-create')) return gatewayTimeout;
  for (const kind of request.faults.keys()) {
    const text = damages[kind]?.(reply.text);
    if (text !== undefined)
      return { ...reply, status: reply.status === 204 ? 200 : reply.status, text };
  }
  return reply;
}

const damages: Readonly<Partial<Record<FaultKind, (text: string) => string>>> = {
  'truncated-json': (text) => text.slice(0, Math.floor(text.length / 2)),
  empty: () => '',
  'not-json': () => '<html><body>Sign in to the guest network</body></html>',
  'other-json': () => '{"unexpected": [{"name": 1}]}',
  huge: () => `{"unexpected":"${'x'.repeat(hugeBytes)}"}`,
};

/** More than the client reads. */
const hugeBytes = 17 * 1024 * 1024;

const badGateway = html(
  502,
  '<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>\n',
);

const gatewayTimeout = html(
  504,
  "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n",
);

const repliesInsteadOfHandling: Readonly<
  Partial<Record<FaultKind, (request: CloudRequest, handler: RequestHandler) => Reply>>
> = {
  reset: () => empty(500),
  silent: () => empty(500),
  'html-502': () => badGateway,
  'html-503': () =>
    html(
      503,
      '<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n',
    ),
  redirect: (request) =>
    empty(302, { Location: `http://elsewhere.invalid${request.path}`, 'Content-Length': '0' }),
  ...Object.fromEntries(
    Object.entries(refusals).map(([kind, status]) => [
      kind,
      (request: CloudRequest, handler: RequestHandler) => handler.refuse(request, status),
    ]),
  ),
  'too-many': (request) => {
    const seconds = Math.ceil((request.faults.get('too-many') ?? 0) / 1000);
    const body = { overLimit: { code: 429, message: 'This request was rate-limited.' } };
    return json(429, body, seconds > 0 ? { 'Retry-After': String(seconds) } : {});
  },
};

function tooLarge(request: CloudRequest): Reply {
  const detail = `Request is too large. Larger than max_request_body_size (${maxBodyBytes}).`;
  return webob(413, 'Request Entity Too Large', detail, request.headers.accept ?? '');
}

/** The whole body; `undefined` if it exceeds the size limit. */
async function readText(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= maxBodyBytes) chunks.push(chunk);
  }
  return sizeBytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function send(
  outgoing: ServerResponse,
  reply: Reply,
  request: CloudRequest,
  sendsDate: boolean,
): void {
  outgoing.statusCode = reply.status;
  outgoing.setHeader('x-openstack-request-id', request.requestId);
  if (request.service === 'Nova') outgoing.setHeader('x-compute-request-id', request.requestId);
  outgoing.sendDate = false;
  if (sendsDate) outgoing.setHeader('Date', request.at.toUTCString());
  for (const [name, value] of Object.entries(reply.headers)) outgoing.setHeader(name, value);
  outgoing.end(request.method === 'HEAD' ? undefined : reply.text);
}
