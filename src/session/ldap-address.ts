import type { DirectorySettings } from '../directory/directory.ts';
import type { NubesError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';

export type TlsMode = DirectorySettings['tls'];

/** What the first server that answers says about itself. */
export interface LdapSite {
  /** The DN below which its entries are, if it names one. */
  readonly base: string | undefined;
  readonly isActiveDirectory: boolean;
}

/** The user waits at a question. */
const timeoutMs = 10_000;

/**
 * Connects to each server as a login would, without a bind. Throws CONFIGURATION, UNREACHABLE and TLS_UNTRUSTED for the
 * first one that cannot be used.
 */
export async function askServers(
  urls: readonly string[],
  tls: TlsMode,
  caFile: string | undefined,
): Promise<LdapSite> {
  const { findServers } = await import('../directory/connection.ts');
  const { probeServer } = await import('../directory/probe.ts');
  const servers = findServers({ urls, tls, caFile });
  const [facts] = await Promise.all(servers.map((server) => probeServer(server, timeoutMs)));
  return { base: facts?.base, isActiveDirectory: facts?.isActiveDirectory ?? false };
}

/** Whether a CA file could solve it. */
export async function ldapLacksCa(error: NubesError): Promise<boolean> {
  const { lacksCa } = await import('../directory/probe.ts');
  return lacksCa(error);
}

/** Whether all are on this computer, where a password may be sent without TLS. */
export function areLocal(urls: readonly string[]): boolean {
  return urls.every((url) => URL.canParse(url) && isLoopback(new URL(url).hostname));
}
