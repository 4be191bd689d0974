import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import type { AuthContext, Connection, ParsedKey, Server, ServerChannel } from 'ssh2';
import type { KeyPair } from './key-pair.ts';
import type { Tree } from './sftp/paths.ts';
import { serveSftp } from './sftp/session.ts';

export interface SshdOptions {
  readonly address: string;
  readonly port: number;
  readonly hostKey: KeyPair;
  /** The lines of an account's authorized_keys now. */
  readonly keysOf: (account: string) => Promise<readonly string[]>;
  /** The only port that guests may connect to. */
  readonly guestPort: number | undefined;
  /** Opens a connection to a port on the VM's loopback; false if nothing listens there. */
  readonly connect: (port: number, open: () => Duplex) => boolean;
  readonly run: (account: string, command: string, channel: ServerChannel) => void;
  /** What SFTP shows an account. */
  readonly files: (account: string) => Promise<Tree>;
}

export interface Sshd {
  /** Ends the connections of guests with a key that is not in these lines. */
  readonly endOtherGuests: (kept: readonly string[]) => void;
  readonly close: () => void;
}

/** The account of all guests, which has no session. */
export const guestAccount = 'nubes-guest';

/** All connections, with the key of each guest's in base64. */
type Connections = Map<Connection, string | undefined>;

/**
 * An SSH server with public key authentication, port forwarding to the VM itself, commands and SFTP. It reads its host
 * key when the first client connects: few VMs get one, and that takes longer than the rest of starting a VM.
 */
export function startSshd(ssh2Library: typeof ssh2, options: SshdOptions): Sshd {
  const connections: Connections = new Map();
  let ssh: Server | undefined;
  const server = createServer((socket) => {
    ssh ??= openServer(ssh2Library, options, connections);
    ssh.injectSocket(socket);
  });
  server.on('error', () => {});
  server.listen(options.port, options.address);
  return {
    endOtherGuests: (kept) => {
      const blobs = kept.map((line) => line.split(' ')[1]);
      for (const [connection, key] of connections) {
        if (key !== undefined && !blobs.includes(key)) connection.end();
      }
    },
    close: () => {
      server.close();
      for (const connection of connections.keys()) connection.end();
    },
  };
}

function openServer(
  { Server, utils }: typeof ssh2,
  options: SshdOptions,
  connections: Connections,
): Server {
  const hostKeys = [options.hostKey.private];
  return new Server({ hostKeys, ident: 'nubes-nb-sandbox' }, (connection) => {
    connections.set(connection, undefined);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => {});
    let account = '';
    connection.on('authentication', (attempt) => {
      account = attempt.username;
      const isGuest = account === guestAccount && attempt.method === 'publickey';
      connections.set(connection, isGuest ? attempt.key.data.toString('base64') : undefined);
      options
        .keysOf(account)
        .then((lines) => authenticate(attempt, parsed(utils.parseKey, lines)))
        .catch(() => attempt.reject(['publickey']));
    });
    connection.on('ready', () => {
      if (account === guestAccount) serveGuest(connection, options);
      else serve(connection, account, options);
    });
  });
}

/** Only connections to Jupyter: no session, so no shell, no command and no files. */
function serveGuest(connection: Connection, { connect, guestPort }: SshdOptions): void {
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const isPermitted = destIP === '127.0.0.1' && destPort === guestPort;
    if (!isPermitted || !connect(destPort, accept)) reject();
  });
  connection.on('session', (_accept, reject) => reject());
}

function serve(connection: Connection, account: string, options: SshdOptions): void {
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const own = destIP === '127.0.0.1' || destIP === 'localhost';
    if (!own || !options.connect(destPort, accept)) reject();
  });
  connection.on('session', (acceptSession) => {
    const session = acceptSession();
    session.on('pty', (accept) => accept?.());
    session.on('env', (accept) => accept?.());
    session.on('exec', (accept, _reject, { command }) => options.run(account, command, accept()));
    session.on('shell', (accept) => options.run(account, '/bin/sh', accept()));
    session.on('sftp', (accept) => serveSftp(accept(), options.files(account)));
  });
}

function parsed(parseKey: typeof ssh2.utils.parseKey, lines: readonly string[]): ParsedKey[] {
  return lines.flatMap((line) => {
    const key = parseKey(line);
    return key instanceof Error ? [] : [key];
  });
}

function authenticate(attempt: AuthContext, keys: readonly ParsedKey[]): void {
  if (attempt.method !== 'publickey') {
    attempt.reject(['publickey']);
    return;
  }
  const key = keys.find((candidate) => candidate.getPublicSSH().equals(attempt.key.data));
  const { signature, blob, hashAlgo } = attempt;
  // Without a signature the client only asks whether the key is acceptable.
  const proven =
    signature === undefined ||
    (blob !== undefined && key?.verify(blob, signature, hashAlgo) === true);
  if (key !== undefined && proven) attempt.accept();
  else attempt.reject(['publickey']);
}
