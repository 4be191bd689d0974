import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { World } from '../../../world.ts';

/** A tunnel without a terminal, as its process has written it down. */
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

/** One whose process runs. */
export interface RunningTunnel extends BackgroundTunnel {
  /** `down`: it is being opened again, and its port may be anybody's meanwhile. */
  readonly state: TunnelState;
}

export type TunnelState = 'open' | 'down';

/** Where background tunnels of this computer are kept. */
export interface TunnelPlace {
  readonly stateFolder: string;
  readonly world: Pick<World, 'platform' | 'hostname'>;
}

const wait = 5_000;

export function tunnelsFolder({ stateFolder }: TunnelPlace): string {
  return join(stateFolder, 'tunnels');
}

export function logFile(place: TunnelPlace, id: string): string {
  return join(tunnelsFolder(place), `${id}.log`);
}

function recordFile(place: TunnelPlace, id: string): string {
  return join(tunnelsFolder(place), `${id}.json`);
}

/**
 * The door of a tunnel's process: whoever can open it finds the process alive, and may ask it to end.
 * A process id alone would not tell, as it may belong to another program by now. Homes are shared
 * between computers, so its name has the computer in it; and the system's limit of 104 characters for
 * the path is why it is short.
 */
function doorOf(place: TunnelPlace, id: string): string {
  const { platform, hostname } = place.world;
  const digest = createHash('sha256').update(`${hostname}/${place.stateFolder}/${id}`);
  const name = digest.digest('hex').slice(0, 12);
  return platform === 'win32'
    ? `\\\\.\\pipe\\nubes-nb-${name}`
    : join(tunnelsFolder(place), `${name}.door`);
}

/** Those that run now. What dead ones have left is taken away. */
export async function runningTunnels(place: TunnelPlace): Promise<RunningTunnel[]> {
  const names = await readdir(tunnelsFolder(place)).catch(() => []);
  const records = await Promise.all(
    names.flatMap((name) => {
      const [, id] = /^([0-9a-f-]{36})\.json$/.exec(name) ?? [];
      return id === undefined ? [] : [runningTunnel(place, id)];
    }),
  );
  return records
    .filter((record) => record !== undefined)
    .sort((one, other) => one.name.localeCompare(other.name));
}

export async function runningTunnel(
  place: TunnelPlace,
  id: string,
): Promise<RunningTunnel | undefined> {
  const record = await readRecord(recordFile(place, id));
  if (record === undefined) return undefined;
  const socket = await knock(doorOf(place, id));
  if (socket === undefined) return undefined;
  try {
    const [told] = await once(socket, 'data', { signal: AbortSignal.timeout(wait) });
    return { ...record, state: String(told) === 'open\n' ? 'open' : 'down' };
  } catch {
    return { ...record, state: 'down' };
  } finally {
    socket.destroy();
  }
}

/** False when it does not end in time. */
export async function endTunnel(place: TunnelPlace, id: string): Promise<boolean> {
  const socket = await knock(doorOf(place, id));
  if (socket === undefined) return true;
  const timer = setTimeout(() => socket.destroy(new Error('late')), wait);
  try {
    socket.resume().end('end\n');
    await once(socket, 'close');
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function knock(door: string): Promise<Socket | undefined> {
  const socket = connect(door);
  try {
    await once(socket, 'connect');
    socket.on('error', () => {});
    return socket;
  } catch {
    return undefined;
  }
}

export interface Registration {
  /** False once the record is gone, with its folder perhaps: nobody can find the tunnel any more. */
  readonly isListed: () => Promise<boolean>;
  /** What whoever knocks is told from now on; `open` at first. */
  readonly tell: (state: TunnelState) => void;
  readonly leave: () => Promise<void>;
}

/** Writes the tunnel down and opens its door; `asked` is called when somebody wants it to end. */
export async function register(
  place: TunnelPlace,
  tunnel: BackgroundTunnel,
  asked: () => void,
): Promise<Registration> {
  const door = doorOf(place, tunnel.id);
  await mkdir(tunnelsFolder(place), { recursive: true, mode: 0o700 });
  // Whoever starts a tunnel has made sure that nobody is behind the old one.
  if (place.world.platform !== 'win32') await rm(door, { force: true });
  const guests = new Set<Socket>();
  let state: TunnelState = 'open';
  const server = createServer((socket) => {
    guests.add(socket);
    socket.on('close', () => guests.delete(socket));
    socket.on('error', () => {});
    socket.write(`${state}\n`);
    socket.on('data', (text) => {
      if (text.toString() === 'end\n') asked();
    });
  });
  server.listen(door);
  await once(server, 'listening');
  const { default: writeFileAtomic } = await import('write-file-atomic');
  const file = recordFile(place, tunnel.id);
  await writeFileAtomic(file, `${JSON.stringify(tunnel, undefined, 2)}\n`, { mode: 0o600 });
  return {
    isListed: async () => (await readRecord(file)) !== undefined,
    tell: (told) => {
      state = told;
    },
    leave: async () => {
      await rm(file, { force: true });
      server.close();
      for (const guest of guests) guest.destroy();
    },
  };
}

async function readRecord(file: string): Promise<BackgroundTunnel | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isRecord(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(found: unknown): found is BackgroundTunnel {
  if (typeof found !== 'object' || found === null) return false;
  const { id, name, pid, localPort, url, since } = found as Record<string, unknown>;
  const texts = [id, name, url, since].every((each) => typeof each === 'string');
  return texts && [pid, localPort].every(Number.isInteger);
}
