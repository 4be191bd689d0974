import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

/** The ports of tunnels: 20000 to 29999. */
const first = 20_000;
const count = 10_000;
/** So many ports are tried before giving up. */
const tries = 50;

/**
 * A port of this computer that nobody listens on: the wanted one, else the next free one. Undefined
 * when fifty in a row are taken. It is only free now; ssh must still fail when it is taken meanwhile.
 */
export async function freePort(wanted: number): Promise<number | undefined> {
  for (let step = 0; step < tries; step += 1) {
    const port = first + ((wanted - first + step) % count);
    if (await isFree(port)) return port;
  }
  return undefined;
}

async function isFree(port: number): Promise<boolean> {
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
  try {
    const found: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(isPort));
  } catch {
    return {};
  }
}

/** Remembers a notebook's port; one that cannot be remembered is only chosen anew. */
export async function keepPort(file: string, serverId: string, port: number): Promise<void> {
  const ports = await readPorts(file);
  if (ports[serverId] === port) return;
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ ...ports, [serverId]: port }, undefined, 2);
  await writeFileAtomic(file, `${text}\n`, { mode: 0o600 });
}

function isPort(entry: [string, unknown]): entry is [string, number] {
  const [, port] = entry;
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
}
