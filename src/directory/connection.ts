import { readFile } from 'node:fs/promises';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { Client } from 'ldapts';
import { isLoopback } from '../loopback.ts';
import type { DirectorySettings } from './directory.ts';
import { codeOf, ServerFailure, serverError, wrongSetting } from './failure.ts';
import { clean } from './text.ts';

/** An LDAP server's address and how the way to it is secured. */
export interface Server {
  /** The URL as the settings have it, for messages. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  /** Certificates to trust; undefined: the system's. */
  readonly ca: readonly string[] | undefined;
}

/** The servers in the settings' order. Throws CONFIGURATION for what would send a password in clear. */
export async function findServers(settings: DirectorySettings): Promise<Server[]> {
  const ca = await readAuthorities(settings.caFile);
  return settings.urls.map((text) => {
    const url = parse(text);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const security = securityOf(url, host, settings.tls);
    const port = Number(url.port) || (security === 'tls' ? 636 : 389);
    return { url: clean(text), host, port, security, ca };
  });
}

/**
 * Runs `work` on one connection of its own, secured first, and drops it afterwards whatever happens.
 * Past `deadline` (milliseconds from now) the socket is destroyed and the server has failed.
 */
export async function withConnection<Result>(
  server: Server,
  deadline: number,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { client, drop } = openClient(server, deadline);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ServerFailure('did not answer in time'));
      drop();
    }, deadline);
  });
  const secured = async () => {
    if (server.security === 'starttls') await startTls(client, server);
    return work(client);
  };
  try {
    return await Promise.race([secured(), late]);
  } finally {
    clearTimeout(timer);
    await client.unbind().catch(() => {});
    drop();
  }
}

async function startTls(client: Client, server: Server): Promise<void> {
  try {
    // Without `host` ldapts checks the certificate against "localhost".
    await client.startTLS(tlsOptions(server));
  } catch (error) {
    const code = codeOf(error);
    if (typeof code !== 'number' || code === 51 || code === 52)
      throw serverError(server.url, error);
    throw wrongSetting(
      `The LDAP server ${server.url} does not offer StartTLS (result ${code}).`,
      'use its ldaps:// URL in ldap.urls',
    );
  }
}

// ldapts reconnects by itself, in clear text even after StartTLS; a client here connects once only.
function openClient(server: Server, deadline: number): { client: Client; drop: () => void } {
  let socket: Socket | undefined;
  const connectOnce = <Made extends Socket>(connect: () => Made): Made => {
    if (socket !== undefined) throw new ServerFailure('closed the connection');
    const made = connect();
    socket = made;
    return made;
  };
  const { host, port } = server;
  const client = new Client({
    url: `${server.security === 'tls' ? 'ldaps' : 'ldap'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
    timeout: deadline,
    connectTimeout: deadline,
    createConnection: () => connectOnce(() => connectPlain(port, host)),
    ...(server.security === 'tls' && {
      createSecureConnection: () => connectOnce(() => connectTls({ ...tlsOptions(server), port })),
    }),
  });
  return { client, drop: () => socket?.destroy() };
}

function tlsOptions({ host, ca }: Server) {
  return {
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca: [...ca] }),
  };
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^ldaps?:$/.test(url.protocol) || url.hostname === '') {
    throw wrongSetting(
      `ldap.urls has ${JSON.stringify(clean(text))}, which is not an LDAP URL.`,
      'write it like ldap://ldap.example.org or ldaps://ldap.example.org:636',
    );
  }
  return url;
}

function securityOf(url: URL, host: string, tls: DirectorySettings['tls']): Server['security'] {
  if (url.protocol === 'ldaps:') return 'tls';
  if (tls === 'starttls') return 'starttls';
  if (tls === 'insecure' && isLoopback(host)) return 'none';
  throw tls === 'insecure'
    ? wrongSetting('ldap.tls = "insecure" is for servers on this computer only.')
    : wrongSetting(`ldap.tls is "ldaps", but ldap.urls has ${clean(url.href)}, without TLS.`);
}

async function readAuthorities(file: string | undefined): Promise<string[] | undefined> {
  if (file === undefined) return undefined;
  try {
    return [...rootCertificates, await readFile(file, 'utf8')];
  } catch {
    throw wrongSetting(
      `The file of ldap.ca_file cannot be read: ${file}.`,
      "point ldap.ca_file at the PEM file of your site's CA certificate",
    );
  }
}
