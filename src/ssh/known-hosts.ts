import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hostKeyAlias } from './tunnel.ts';

/** A host key as `known_hosts` spells it: type and base64. */
export interface HostKey {
  readonly type: string;
  readonly key: string;
}

/** The ids of the servers with a pinned key in our own known_hosts file. */
export async function pinnedServers(file: string): Promise<ReadonlySet<string>> {
  const aliases = (await linesOf(file)).map((line) => line.split(' ')[0] ?? '');
  return new Set(aliases.map((alias) => alias.slice(hostKeyAlias('').length)));
}

/** Pins the server's keys, in place of any earlier ones. The user's own known_hosts is never touched. */
export async function pin(file: string, serverId: string, keys: readonly HostKey[]): Promise<void> {
  const alias = hostKeyAlias(serverId);
  await change(file, (lines) => [
    ...lines.filter((line) => !line.startsWith(`${alias} `)),
    ...keys.map(({ type, key }) => `${alias} ${type} ${key}`),
  ]);
}

/** Forgets the server's keys. */
export async function unpin(file: string, serverId: string): Promise<void> {
  if (!(await pinnedServers(file)).has(serverId)) return;
  await change(file, (lines) =>
    lines.filter((line) => !line.startsWith(`${hostKeyAlias(serverId)} `)),
  );
}

async function change(file: string, edit: (lines: string[]) => string[]): Promise<void> {
  const [{ default: writeFileAtomic }, { default: lockfile }] = await Promise.all([
    import('write-file-atomic'),
    import('proper-lockfile'),
  ]);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Parallel commands each pin a key: without the lock the later writer drops the earlier one's.
  const release = await lockfile.lock(file, {
    realpath: false,
    stale: 5_000,
    retries: { retries: 20, minTimeout: 20, maxTimeout: 200 },
  });
  try {
    const lines = edit(await linesOf(file));
    await writeFileAtomic(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  } finally {
    await release();
  }
}

async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}
