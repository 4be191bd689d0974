import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { readOwnFile } from '../../../bounded-file.ts';
import { makeFolder } from '../../../folder.ts';
import type { World } from '../../../world.ts';

/** A background tunnel as its process records it. */
export interface BackgroundTunnel {
  /** The server's. */
  readonly id: string;
  readonly name: string;
  readonly pid: number;
  readonly localPort: number;
  /** Without the token. */
  readonly url: string;
  /** RFC 3339, UTC. */
  readonly since: string;
}

/** A background tunnel whose process runs. */
export interface RunningTunnel extends BackgroundTunnel {
  /** `down`: it is being opened again, and another program may use its port meanwhile. */
  readonly state: 'open' | 'down';
  /** Null if it is open, or its process does not say. */
  readonly outage: RecordedOutage | null;
}

/** Since when it is down, and when it will be given up: RFC 3339, UTC. */
export interface RecordedOutage {
  readonly since: string;
  readonly until: string;
  /** What ssh printed last; untrusted text. */
  readonly reason: string | null;
}

/** Identifies the background tunnels of this computer. */
export interface TunnelRegistry {
  readonly stateFolder: string;
  readonly world: Pick<World, 'platform' | 'hostname'>;
}

const socketTimeoutMs = 5_000;
/** The request that ends a tunnel's process. */
const endRequest = 'end\n';
/** What the process writes to each client: this, or `down` with the outage. */
const openAnswer = 'open\n';
const downWord = 'down ';

export function tunnelsFolder({ stateFolder }: TunnelRegistry): string {
  return join(stateFolder, 'tunnels');
}

export function logFile(registry: TunnelRegistry, id: string): string {
  return join(tunnelsFolder(registry), `${id}.log`);
}

function recordFile(registry: TunnelRegistry, id: string): string {
  return join(tunnelsFolder(registry), `${id}.json`);
}

/**
 * The control socket of a tunnel's process: it accepts connections only while the process runs, whereas a
 * process id may be reused. Homes are shared between computers, so the name depends on the host. It is short
 * because the path of a socket has at most 104 characters.
 */
function socketPath(registry: TunnelRegistry, id: string): string {
  const { platform, hostname } = registry.world;
  const digest = createHash('sha256').update(`${hostname}/${registry.stateFolder}/${id}`);
  const name = digest.digest('hex').slice(0, 12);
  return platform === 'win32'
    ? `\\\\.\\pipe\\nubes-nb-${name}`
    : join(tunnelsFolder(registry), `${name}.door`);
}

/** All that run, by name. */
export async function listTunnels(registry: TunnelRegistry): Promise<RunningTunnel[]> {
  const files = await readdir(tunnelsFolder(registry)).catch(() => []);
  const tunnels = await Promise.all(
    files.flatMap((file) => {
      const [, id] = /^([0-9a-f-]{36})\.json$/.exec(file) ?? [];
      return id === undefined ? [] : [findTunnel(registry, id)];
    }),
  );
  return tunnels
    .filter((tunnel) => tunnel !== undefined)
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** The running background tunnel of a server. */
export async function findTunnel(
  registry: TunnelRegistry,
  id: string,
): Promise<RunningTunnel | undefined> {
  const record = readRecord(recordFile(registry, id));
  if (record === undefined) return undefined;
  const socket = await openSocket(socketPath(registry, id));
  if (socket === undefined) return undefined;
  try {
    const signal = AbortSignal.timeout(socketTimeoutMs);
    const [answer] = await once(socket, 'data', { signal });
    const isOpen = String(answer) === openAnswer;
    return { ...record, state: isOpen ? 'open' : 'down', outage: outageIn(String(answer)) };
  } catch {
    return { ...record, state: 'down', outage: null };
  } finally {
    socket.destroy();
  }
}

/** Null for an older version's process, which writes `down` alone. */
function outageIn(answer: string): RecordedOutage | null {
  if (!answer.startsWith(downWord)) return null;
  try {
    const value: unknown = JSON.parse(answer.slice(downWord.length));
    return isOutage(value) ? value : null;
  } catch {
    return null;
  }
}

/** Returns false if the process does not end in time. */
export async function endTunnel(registry: TunnelRegistry, id: string): Promise<boolean> {
  const socket = await openSocket(socketPath(registry, id));
  if (socket === undefined) return true;
  const timer = setTimeout(() => socket.destroy(new Error('timed out')), socketTimeoutMs);
  try {
    socket.resume().end(endRequest);
    await once(socket, 'close');
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined if no process listens. */
async function openSocket(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    socket.on('error', () => {});
    return socket;
  } catch {
    return undefined;
  }
}

export interface Registration {
  /** False if the record was deleted, so that commands no longer find the tunnel. */
  readonly isListed: () => boolean;
  /** What clients receive from now on; undefined, as at first: the tunnel is open. */
  readonly setOutage: (outage: RecordedOutage | undefined) => void;
  readonly unregister: () => Promise<void>;
}

/** Records a tunnel and listens at its socket; `onEndRequest` is called if a client asks it to end. */
export async function register(
  registry: TunnelRegistry,
  tunnel: BackgroundTunnel,
  onEndRequest: () => void,
): Promise<Registration> {
  const path = socketPath(registry, tunnel.id);
  await makeFolder(tunnelsFolder(registry), 0o700);
  // The process that starts a tunnel has checked that no other one listens at the old socket.
  if (registry.world.platform !== 'win32') await rm(path, { force: true });
  const clients = new Set<Socket>();
  let answer = openAnswer;
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => {});
    socket.write(answer);
    socket.on('data', (request) => {
      if (request.toString() === endRequest) onEndRequest();
    });
  });
  server.listen(path);
  await once(server, 'listening');
  const { default: writeFileAtomic } = await import('write-file-atomic');
  const file = recordFile(registry, tunnel.id);
  await writeFileAtomic(file, `${JSON.stringify(tunnel, undefined, 2)}\n`, { mode: 0o600 });
  return {
    isListed: () => readRecord(file) !== undefined,
    setOutage: (outage) => {
      answer = outage === undefined ? openAnswer : `${downWord}${JSON.stringify(outage)}\n`;
    },
    unregister: async () => {
      await rm(file, { force: true });
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}

/** Synchronous: for a small file this is faster than starting the thread pool of Node. */
function readRecord(file: string): BackgroundTunnel | undefined {
  try {
    const value: unknown = JSON.parse(readOwnFile(file)?.bytes.toString('utf8') ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is BackgroundTunnel {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, pid, localPort, url, since } = value as Record<string, unknown>;
  const texts = [id, name, url, since].every((each) => typeof each === 'string');
  return texts && [pid, localPort].every(Number.isInteger);
}

function isOutage(value: unknown): value is RecordedOutage {
  if (typeof value !== 'object' || value === null) return false;
  const { since, until, reason } = value as Record<string, unknown>;
  const dates = [since, until].every((each) => typeof each === 'string');
  return dates && (reason === null || typeof reason === 'string');
}
