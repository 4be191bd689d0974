import { hostKeyAlias } from './options.ts';
import { parsedFile, updateFile } from './shared-file.ts';

/** The two fields of a host key in `known_hosts`. */
export interface HostKey {
  readonly type: string;
  /** Base64. */
  readonly key: string;
}

/** The ids of the servers with a host key in nubes-nb's own known_hosts file. */
export async function pinnedServers(file: string): Promise<ReadonlySet<string>> {
  return readPinned(file);
}

const readPinned = parsedFile((text) => serverIdsIn(linesOf(text)));

/** Only those whose key came from the VM's console, not from ssh's `accept-new`. */
export async function verifiedServers(file: string): Promise<ReadonlySet<string>> {
  return readVerified(file);
}

const readVerified = parsedFile((text) =>
  serverIdsIn(linesOf(text).filter((line) => line.endsWith(` ${verifiedMark}`))),
);

/** The server's pinned host keys; `verified`: it came from the VM's console. */
export async function hostKeysOf(
  file: string,
  serverId: string,
): Promise<readonly (HostKey & { readonly verified: boolean })[]> {
  const all = await readHostKeys(file);
  return all.flatMap(({ alias, ...key }) => (alias === hostKeyAlias(serverId) ? [key] : []));
}

const readHostKeys = parsedFile((text) =>
  linesOf(text).map((line) => {
    const [alias = '', type = '', key = ''] = line.split(' ');
    return { alias, type, key, verified: line.endsWith(` ${verifiedMark}`) };
  }),
);

/** The comment field of a verified key, which ssh ignores. */
const verifiedMark = 'console';

function serverIdsIn(lines: readonly string[]): ReadonlySet<string> {
  const aliases = lines.map((line) => line.split(' ')[0] ?? '');
  return new Set(aliases.map((alias) => alias.slice(hostKeyAlias('').length)));
}

/** Replaces the server's host keys. The user's own known_hosts is never changed. */
export async function pin(
  file: string,
  serverId: string,
  keys: readonly HostKey[],
  signal: AbortSignal,
): Promise<void> {
  const alias = hostKeyAlias(serverId);
  const pinned = keys.map(({ type, key }) => `${alias} ${type} ${key} ${verifiedMark}`);
  await replaceLines(file, serverId, pinned, signal);
}

export async function unpin(file: string, serverId: string, signal: AbortSignal): Promise<void> {
  if (!(await pinnedServers(file)).has(serverId)) return;
  await replaceLines(file, serverId, [], signal);
}

async function replaceLines(
  file: string,
  serverId: string,
  added: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const isOther = (line: string) => !line.startsWith(`${hostKeyAlias(serverId)} `);
  const edit = (text: string) =>
    [...linesOf(text).filter(isOther), ...added].map((line) => `${line}\n`).join('');
  await updateFile(file, edit, signal);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
