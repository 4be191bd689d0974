import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { lab } from './lab.ts';

/** One forwarded request. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

/** A reverse proxy for each service of the lab, which records requests and the secrets in them. */
export interface Recorder {
  /** The proxy's URL for a URL of a service. Replies are rewritten in the same way. */
  readonly proxyUrl: (url: string) => string;
  readonly requests: readonly RecordedRequest[];
  /** Recorded tokens and credential secrets, each with its kind. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The result of `work`, and the requests made meanwhile. */
  readonly during: <Result>(
    work: () => Promise<Result>,
  ) => Promise<{ result: Result; requests: readonly RecordedRequest[] }>;
  readonly close: () => Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  const secrets = new Map<string, string>();
  const origins = new Map<string, string>();
  const proxyUrl = (text: string) =>
    [...origins].reduce((changed, [own, rewritten]) => changed.replaceAll(own, rewritten), text);
  const servers = new Map<string, Server>();
  for (const name of ['OS_AUTH_URL', 'LAB_COMPUTE_URL', 'LAB_IMAGE_URL', 'LAB_NETWORK_URL']) {
    const { origin } = new URL(lab(name));
    const server = createServer((incoming, outgoing) => {
      forward(origin, incoming, outgoing, { requests, secrets, proxyUrl }).catch(
        (error: unknown) => {
          outgoing.writeHead(502).end(String(error));
        },
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    origins.set(origin, `http://127.0.0.1:${port}`);
    servers.set(origin, server);
  }
  return {
    proxyUrl,
    requests,
    secrets,
    during: async (work) => {
      const first = requests.length;
      const result = await work();
      return { result, requests: requests.slice(first) };
    },
    close: async () => {
      for (const server of servers.values()) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

interface Recording {
  readonly requests: RecordedRequest[];
  readonly secrets: Map<string, string>;
  readonly proxyUrl: (text: string) => string;
}

async function forward(
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { requests, secrets, proxyUrl }: Recording,
): Promise<void> {
  const sent = await bodyOf(incoming);
  const { method = 'GET', url = '', headers } = incoming;
  const forwarded = request(origin + url, { method, headers: { ...headers, connection: 'close' } });
  forwarded.end(sent);
  const [reply] = (await once(forwarded, 'response')) as [IncomingMessage];
  const received = await bodyOf(reply);
  requests.push({ method, url: origin + url, status: reply.statusCode ?? 0 });
  addSecret(secrets, 'token', headers['x-auth-token']);
  addSecret(secrets, 'token', reply.headers['x-subject-token']);
  for (const body of [sent, received]) {
    for (const secret of credentialSecrets(body)) addSecret(secrets, 'credential secret', secret);
  }
  const rewritten = Buffer.from(proxyUrl(received.toString('utf8')));
  const { 'transfer-encoding': _, ...kept } = reply.headers;
  outgoing.writeHead(reply.statusCode ?? 502, {
    ...kept,
    ...('content-length' in kept ? { 'content-length': rewritten.length } : {}),
  });
  outgoing.end(rewritten);
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function credentialSecrets(body: Buffer): string[] {
  const text = body.toString('utf8');
  if (!text.includes('application_credential')) return [];
  return [...text.matchAll(/"secret"\s*:\s*"([^"]+)"/g)].flatMap(([, secret]) => secret ?? []);
}

function addSecret(
  secrets: Map<string, string>,
  kind: string,
  value: string | string[] | undefined,
): void {
  if (typeof value === 'string') secrets.set(value, kind);
}
