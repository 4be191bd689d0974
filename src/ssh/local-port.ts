import { once } from 'node:events';
import { createServer } from 'node:net';
import { parsedFile, parseRecord, updateFile } from './shared-file.ts';

/** Tunnels use the ports from 20000 to 29999. */
const firstPort = 20_000;
const portCount = 10_000;
const maxAttempts = 50;
/** The ports of more notebooks are not saved: the oldest entries are dropped. */
const maxSavedPorts = 500;

/** The local port of a notebook's tunnel unless another one was saved: the same on every computer. */
export function defaultPort(serverId: string): number {
  const hash = [...serverId].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 2 ** 32, 7);
  return firstPort + (hash % portCount);
}

/**
 * The wanted port if it is free, else the next free one; undefined if none of fifty is. Another program
 * may take the port before ssh does, so ssh's own failure is handled as well.
 */
export async function findFreePort(wanted: number): Promise<number | undefined> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const port = attempt === 0 ? wanted : firstPort + ((wanted + attempt) % portCount);
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

/** The saved local ports, by server id; a notebook keeps its port so that bookmarks stay valid. */
export async function readPorts(file: string): Promise<Readonly<Record<string, number>>> {
  return readSaved(file);
}

const readSaved = parsedFile(portsIn);

/** Saves the port of a notebook's last tunnel, unless it is the default. */
export async function savePort(
  file: string,
  serverId: string,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  const known = (await readPorts(file))[serverId] ?? defaultPort(serverId);
  if (known === port) return;
  const edit = (text: string) => {
    const { [serverId]: _previous, ...others } = portsIn(text);
    const entries = [...Object.entries(others), [serverId, port]].slice(-maxSavedPorts);
    return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
  };
  await updateFile(file, edit, signal);
}

export async function forgetPort(
  file: string,
  serverId: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await readPorts(file))[serverId] === undefined) return;
  const edit = (text: string) => {
    const { [serverId]: _gone, ...others } = portsIn(text);
    return `${JSON.stringify(others, undefined, 2)}\n`;
  };
  await updateFile(file, edit, signal);
}

function portsIn(text: string): Record<string, number> {
  return parseRecord(text, isPort);
}

function isPort(port: unknown): port is number {
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
}
