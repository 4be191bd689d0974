import { once } from 'node:events';
import { createServer } from 'node:net';
import { parseRecord, readText, updateFile } from './shared-file.ts';

/** The ports of tunnels: 20000 to 29999. */
const first = 20_000;
const count = 10_000;
/** So many ports are tried before giving up. */
const tries = 50;
/** So many notebooks' ports are remembered; the oldest are forgotten. */
const remembered = 500;

/** The notebook's own port, the same on every computer. */
export function defaultPort(serverId: string): number {
  // A UUID is random already.
  const hash = [...serverId].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 2 ** 32, 7);
  return first + (hash % count);
}

/**
 * A port of this computer that nobody listens on: the wanted one, else the next free one. Undefined
 * when fifty in a row are taken. It is only free now; ssh must still fail when it is taken meanwhile.
 */
export async function findFreePort(wanted: number): Promise<number | undefined> {
  for (let step = 0; step < tries; step += 1) {
    const port = step === 0 ? wanted : first + ((wanted + step) % count);
    if (await isFree(port)) return port;
  }
  return undefined;
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** The local ports that were chosen for notebooks, by server id, so that bookmarks go on working. */
export async function readPorts(file: string): Promise<Readonly<Record<string, number>>> {
  return portsIn(readText(file));
}

/** Remembers the port of a notebook's last tunnel where it is not the usual one. */
export async function savePort(file: string, serverId: string, port: number): Promise<void> {
  const known = (await readPorts(file))[serverId] ?? defaultPort(serverId);
  if (known === port) return;
  await updateFile(file, (text) => {
    const { [serverId]: _old, ...others } = portsIn(text);
    const kept = [...Object.entries(others), [serverId, port]].slice(-remembered);
    return `${JSON.stringify(Object.fromEntries(kept), undefined, 2)}\n`;
  });
}

function portsIn(text: string): Record<string, number> {
  return parseRecord(text, isPort);
}

function isPort(port: unknown): port is number {
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
}
