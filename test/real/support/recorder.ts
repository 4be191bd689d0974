import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that went through. */
export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

/**
 * A forward proxy (`http_proxy`) that remembers requests and the secrets they carried. The program
 * never proxies loopback, so the lab's services are shown under a host name that only this knows.
 */
export interface Recorder {
  readonly url: string;
  /** What a service of the lab on loopback is called behind the proxy. */
  readonly outside: (url: string) => string;
  readonly requests: readonly Recorded[];
  /** Tokens and credential secrets that went by, with the user's own words for them. */
  readonly secrets: ReadonlyMap<string, string>;
  /** What `work` returns, and the requests made meanwhile. */
  readonly during: <Result>(
    work: () => Promise<Result>,
  ) => Promise<{ result: Result; requests: readonly Recorded[] }>;
  readonly close: () => Promise<void>;
}

const inside = 'http://127.0.0.1:';
const outside = 'http://cloud.nubes.test:';

export async function startRecorder(): Promise<Recorder> {
  const requests: Recorded[] = [];
  const secrets = new Map<string, string>();
  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing, requests, secrets).catch((error: unknown) => {
      outgoing.writeHead(502).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    outside: (url) => url.replace(inside, outside),
    requests,
    secrets,
    during: async (work) => {
      const before = requests.length;
      const result = await work();
      return { result, requests: requests.slice(before) };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requests: Recorded[],
  secrets: Map<string, string>,
): Promise<void> {
  const sent = await bodyOf(incoming);
  const { method = 'GET', url = '', headers } = incoming;
  const onward = request(url.replace(outside, inside), {
    method,
    headers: { ...headers, connection: 'close' },
  });
  onward.end(sent);
  const [reply] = (await once(onward, 'response')) as [IncomingMessage];
  const received = await bodyOf(reply);
  requests.push({ method, url, status: reply.statusCode ?? 0 });
  keep(secrets, 'token', headers['x-auth-token']);
  keep(secrets, 'token', reply.headers['x-subject-token']);
  for (const body of [sent, received]) {
    for (const secret of credentialSecrets(body)) keep(secrets, 'credential secret', secret);
  }
  const shown = Buffer.from(received.toString('utf8').replaceAll(inside, outside));
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
