import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Http, type HttpOptions, openHttp } from '../../src/openstack/service.ts';

/** A request as it reached the server. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: unknown;
  readonly port: number | undefined;
}

/** Returns the answer, or writes to the response itself. */
export type Script = (seen: Seen, response: ServerResponse, nth: number) => Answer | undefined;
export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly text?: string;
}

export interface Loopback {
  readonly url: string;
  readonly seen: Seen[];
}

/** A server on 127.0.0.1 for one test, with TLS if there is a certificate. */
export async function serve(
  script: Script,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<Loopback> {
  const seen: Seen[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void bodyOf(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback');
      seen.push({
        method: request.method ?? '',
        path: pathname,
        query: searchParams,
        headers: request.headers,
        body,
        port: request.socket.remotePort,
      });
      const answer = script(seen[seen.length - 1] as Seen, response, seen.length);
      if (answer) send(response, answer);
    });
  };
  const server = certificate
    ? https.createServer(certificate, listener)
    : http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`, seen };
}

function send(response: ServerResponse, { status = 200, headers = {}, ...answer }: Answer): void {
  const { text, json = text === undefined ? defaultBody(status) : undefined } = answer;
  const body = text ?? (json === undefined ? '' : JSON.stringify(json));
  const type = text === undefined ? 'application/json' : 'text/html; charset=UTF-8';
  response.writeHead(status, { 'Content-Type': type, ...headers });
  response.end(body);
}

/** Every service explains its refusals; what comes without a body is not from OpenStack. */
function defaultBody(status: number): unknown {
  return status >= 400 && status < 500 ? { error: { code: status, message: '' } } : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}

/** An Http whose pauses are recorded and take no time. */
export function quietHttp(options: Partial<HttpOptions> = {}): {
  http: Http;
  pauses: number[];
  lines: string[];
} {
  const pauses: number[] = [];
  const lines: string[] = [];
  let now = Date.parse('2026-11-22T12:00:00Z');
  const opened = openHttp({
    timeoutMs: 5_000,
    caFile: undefined,
    environment: {},
    userAgent: 'nubes-nb/test',
    sleep: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
    random: () => 0.5,
    now: () => new Date(now),
    trace: (line) => lines.push(line),
    signal: new AbortController().signal,
    ...options,
  });
  onTestFinished(() => opened.close());
  return { http: opened, pauses, lines };
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
