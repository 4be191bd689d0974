import { NubesError } from '../errors.ts';
import { type LdapServer, withConnection } from './connection.ts';
import { codeOf, ServerFailure } from './errors.ts';
import { serverError } from './server-error.ts';
import { clean } from './text.ts';

export { lacksCa } from './server-error.ts';

/** What a server shows without a login; undefined: nothing. */
export interface LdapFacts {
  /** The versions of the protocol, such as `3`. */
  readonly versions: readonly string[];
  readonly vendor: string | undefined;
  /** The DN below which its entries are, if it names one. */
  readonly base: string | undefined;
  readonly isActiveDirectory: boolean;
}

/**
 * Connects to one server as a login would, and reads its root DSE without a bind. Throws UNREACHABLE,
 * TLS_UNTRUSTED, or CONFIGURATION if it does not offer StartTLS.
 */
export async function probeServer(
  server: LdapServer,
  timeoutMs: number,
): Promise<LdapFacts | undefined> {
  const options = { scope: 'base', filter: '(objectClass=*)', attributes } as const;
  try {
    const search = await withConnection(server, timeoutMs, (client) => client.search('', options));
    const entry: Readonly<Record<string, unknown>> = search.searchEntries[0] ?? {};
    return {
      versions: texts(entry['supportedLDAPVersion']),
      vendor: vendorOf(entry),
      base: texts(entry['defaultNamingContext'])[0] ?? texts(entry['namingContexts'])[0],
      // No other server has it.
      isActiveDirectory: texts(entry['rootDomainNamingContext']).length > 0,
    };
  } catch (error) {
    // It speaks LDAP, but shows nothing to those who are not logged in.
    if (typeof codeOf(error) === 'number') return undefined;
    throw explain(server.url, serverError(server.url, error));
  }
}

const attributes = [
  ...['supportedLDAPVersion', 'vendorName', 'vendorVersion'],
  ...['defaultNamingContext', 'namingContexts', 'rootDomainNamingContext'],
];

function explain(url: string, error: Error): Error {
  if (!(error instanceof ServerFailure)) return error;
  const message = `The LDAP server ${url} cannot be used: ${error.reason}.`;
  return new NubesError('UNREACHABLE', message, {
    hint: 'check the network or VPN, and the setting ldap.urls',
  });
}

function vendorOf(entry: Readonly<Record<string, unknown>>): string | undefined {
  const words = [...texts(entry['vendorName']), ...texts(entry['vendorVersion'])];
  return words.length === 0 ? undefined : words.join(' ');
}

function texts(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((each) => (typeof each === 'string' ? [clean(each).slice(0, 100)] : []));
}
