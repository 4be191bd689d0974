import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { Client } from 'ldapts';
import { contextTrusting } from '../ca-file.ts';
import { isLoopback } from '../loopback.ts';
import type { DirectorySettings } from './directory.ts';
import { invalidSetting, ServerFailure } from './errors.ts';
import { startTlsError } from './server-error.ts';
import { clean } from './text.ts';

export interface LdapServer {
  /** As in the settings, for messages. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  /** Undefined: Node's own. */
  readonly secureContext: SecureContext | undefined;
}

/** The servers in the order of the settings. Throws CONFIGURATION for one without TLS. */
export function findServers(
  settings: Pick<DirectorySettings, 'urls' | 'tls' | 'caFile'>,
): LdapServer[] {
  const { caFile } = settings;
  const secureContext = caFile === undefined ? undefined : contextTrusting(caFile, 'ldap.ca_file');
  return settings.urls.map((text) => {
    const url = parseUrl(text);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const security = securityOf(url, host, settings.tls);
    const port = Number(url.port) || (security === 'tls' ? 636 : 389);
    return { url: clean(text), host, port, security, secureContext };
  });
}

/**
 * Runs `work` on a new connection, after TLS or StartTLS, and closes it. Throws ServerFailure after the
 * timeout.
 */
export async function withConnection<Result>(
  server: LdapServer,
  timeoutMs: number,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let fail: (reason: string) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = (reason) => {
      reject(new ServerFailure(reason));
      destroy();
    };
    timer = setTimeout(() => fail('did not answer in time'), timeoutMs);
  });
  const { client, destroy } = openClient(server, timeoutMs, () =>
    fail('does not speak LDAP on this port'),
  );
  const result = async () => {
    if (server.security === 'starttls') await startTls(client, server);
    return work(client);
  };
  try {
    const value = await Promise.race([result(), failed]);
    await Promise.race([client.unbind(), failed]).catch(() => {});
    return value;
  } finally {
    // Without an unbind after an error: on a connection that has ended, ldapts would wait until the timeout.
    clearTimeout(timer);
    destroy();
  }
}

async function startTls(client: Client, server: LdapServer): Promise<void> {
  try {
    // Without `host` ldapts verifies the certificate for "localhost".
    await client.startTLS(tlsOptions(server));
  } catch (error) {
    throw startTlsError(server.url, error);
  }
}

/** ldapts reconnects by itself, without TLS even after StartTLS, so this client connects only once. */
function openClient(
  server: LdapServer,
  timeoutMs: number,
  onOtherProtocol: () => void,
): { client: Client; destroy: () => void } {
  let socket: Socket | undefined;
  const connectOnce = <Opened extends Socket>(connect: () => Opened): Opened => {
    if (socket !== undefined) throw new ServerFailure('closed the connection');
    const opened = connect();
    socket = opened;
    return opened;
  };
  const { host, port } = server;
  const client = new Client({
    url: `${server.security === 'tls' ? 'ldaps' : 'ldap'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    createConnection: () =>
      connectOnce(() => {
        const plain = connectPlain(port, host);
        // ldapts would wait for the rest of what it takes for a long message.
        plain.once('data', ([first]: Buffer) => first === ldapMessageTag || onOtherProtocol());
        return plain;
      }),
    ...(server.security === 'tls' && {
      createSecureConnection: () => connectOnce(() => connectTls({ ...tlsOptions(server), port })),
    }),
  });
  return { client, destroy: () => socket?.destroy() };
}

/** A SEQUENCE. */
const ldapMessageTag = 0x30;

function tlsOptions({ host, secureContext }: LdapServer) {
  return {
    host,
    // Set explicitly: Node's default follows NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
    ...(isIP(host) === 0 && { servername: host }),
    ...(secureContext !== undefined && { secureContext }),
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^ldaps?:$/.test(url.protocol) || url.hostname === '') {
    throw invalidSetting(
      `ldap.urls has ${JSON.stringify(clean(text))}, which is not an LDAP URL.`,
      'write it like ldap://ldap.example.org or ldaps://ldap.example.org:636',
    );
  }
  return url;
}

function securityOf(url: URL, host: string, tls: DirectorySettings['tls']): LdapServer['security'] {
  if (url.protocol === 'ldaps:') return 'tls';
  if (tls === 'starttls') return 'starttls';
  if (tls === 'insecure' && isLoopback(host)) return 'none';
  throw tls === 'insecure'
    ? invalidSetting('ldap.tls = "insecure" is for servers on this computer only.')
    : invalidSetting(`ldap.tls is "ldaps", but ldap.urls has ${clean(url.href)}, without TLS.`);
}
