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

/** One request that went through. */
export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

/** Stands before each service of the lab, and remembers requests and the secrets they carried. */
export interface Recorder {
  /** What a URL of a service is before it; services' own replies name each other so, too. */
  readonly before: (url: string) => string;
  readonly requests: readonly Recorded[];
  /** Tokens and credential secrets that went by, each with a word for it. */
  readonly secrets: ReadonlyMap<string, string>;
  /** What `work` returns, and the requests made meanwhile. */
  readonly during: <Result>(
    work: () => Promise<Result>,
  ) => Promise<{ result: Result; requests: readonly Recorded[] }>;
  readonly close: () => Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
  const requests: Recorded[] = [];
  const secrets = new Map<string, string>();
  const origins = new Map<string, string>();
  const before = (text: string) =>
    [...origins].reduce((changed, [own, shown]) => changed.replaceAll(own, shown), text);
  const servers = new Map<string, Server>();
  for (const name of ['OS_AUTH_URL', 'LAB_COMPUTE_URL', 'LAB_IMAGE_URL', 'LAB_NETWORK_URL']) {
    const { origin } = new URL(lab(name));
    const server = createServer((incoming, outgoing) => {
      forward(origin, incoming, outgoing, { requests, secrets, before }).catch((error: unknown) => {
        outgoing.writeHead(502).end(String(error));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    origins.set(origin, `http://127.0.0.1:${port}`);
    servers.set(origin, server);
  }
  return {
    before,
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

interface Notes {
  readonly requests: Recorded[];
  readonly secrets: Map<string, string>;
  readonly before: (text: string) => string;
}

async function forward(
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { requests, secrets, before }: Notes,
): Promise<void> {
  const sent = await bodyOf(incoming);
  const { method = 'GET', url = '', headers } = incoming;
  const onward = request(origin + url, { method, headers: { ...headers, connection: 'close' } });
  onward.end(sent);
  const [reply] = (await once(onward, 'response')) as [IncomingMessage];
  const received = await bodyOf(reply);
  requests.push({ method, url: origin + url, status: reply.statusCode ?? 0 });
  keep(secrets, 'token', headers['x-auth-token']);
  keep(secrets, 'token', reply.headers['x-subject-token']);
  for (const body of [sent, received]) {
    for (const secret of credentialSecrets(body)) keep(secrets, 'credential secret', secret);
  }
  const shown = Buffer.from(before(received.toString('utf8')));
  const { 'transfer-encoding': _, ...kept } = reply.headers;
  outgoing.writeHead(reply.statusCode ?? 502, {
    ...kept,
    ...('content-length' in kept ? { 'content-length': shown.length } : {}),
  });
  outgoing.end(shown);
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

function keep(
  secrets: Map<string, string>,
  kind: string,
  value: string | string[] | undefined,
): void {
  if (typeof value === 'string') secrets.set(value, kind);
}
