import { readText, updateFile } from './shared-file.ts';
import { hostKeyAlias } from './target.ts';

/** A host key as `known_hosts` spells it: type and base64. */
export interface HostKey {
  readonly type: string;
  readonly key: string;
}

/** The ids of the servers with a pinned key in our own known_hosts file. */
export async function pinnedServers(file: string): Promise<ReadonlySet<string>> {
  return serversOf(linesOf(readText(file)));
}

/** Those whose key was pinned here: `accept-new` lets ssh write the first one met beside them. */
export async function verifiedServers(file: string): Promise<ReadonlySet<string>> {
  const lines = linesOf(readText(file));
  return serversOf(lines.filter((line) => line.endsWith(` ${verified}`)));
}

/** A comment to ssh. */
const verified = 'console';

function serversOf(lines: readonly string[]): ReadonlySet<string> {
  const aliases = lines.map((line) => line.split(' ')[0] ?? '');
  return new Set(aliases.map((alias) => alias.slice(hostKeyAlias('').length)));
}

/** Pins the server's keys, in place of any earlier ones. The user's own known_hosts is never touched. */
export async function pin(file: string, serverId: string, keys: readonly HostKey[]): Promise<void> {
  const alias = hostKeyAlias(serverId);
  await change(file, (lines) => [
    ...lines.filter((line) => !line.startsWith(`${alias} `)),
    ...keys.map(({ type, key }) => `${alias} ${type} ${key} ${verified}`),
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
  await updateFile(file, (text) =>
    edit(linesOf(text))
      .map((line) => `${line}\n`)
      .join(''),
  );
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
