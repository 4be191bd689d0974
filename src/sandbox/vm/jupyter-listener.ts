import { connect, createServer as createNetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { ServerRecord } from '../cloud/nova/server-record.ts';
import type { FirstBoot } from './first-boot.ts';
import { standInServer } from './jupyter-stand-in.ts';
import type { Unit } from './jupyter-unit.ts';
import { bootTimesOf, type Packages } from './packages.ts';

export interface JupyterListenerOptions {
  readonly now: () => Date;
  /** From ACTIVE until Jupyter answers. */
  readonly readyMs: number;
  /** Whether a server's security groups allow TCP from that address to that port; default: always. */
  readonly allowsIngress?: (serverId: string, port: number, from: string) => boolean;
}

/** A VM that is powered on. */
export interface ListenerVm {
  readonly server: Readonly<ServerRecord>;
  readonly address: string;
  readonly jupyter: FirstBoot['jupyter'];
  readonly unit: Unit | undefined;
  readonly guestDigests: () => readonly string[];
  /** Installed before Jupyter starts. */
  readonly packages: Packages | undefined;
}

/** Accepts connections to a VM's Jupyter. */
export interface JupyterListener {
  readonly isUp: () => boolean;
  readonly accept: (connection: Duplex) => void;
  /** Closes all open connections. */
  readonly closeConnections: () => void;
  readonly close: () => void;
}

/** Accepts connections from sshd and, for direct access, on the VM's address if ingress allows them. */
export function openJupyterListener(
  { server, address, jupyter, unit, guestDigests, packages }: ListenerVm,
  { now, readyMs, allowsIngress = () => true }: JupyterListenerOptions,
): JupyterListener {
  if (jupyter === undefined || unit === undefined) return closed;
  const direct = jupyter.certificate !== undefined;
  const notebook = server.metadata['nubes-nb:ref'] ?? server.name;
  const http = standInServer({
    tokenDigest: unit.tokenDigest,
    guestDigests,
    notebook,
    now,
    direct,
  });
  const isUp = () => {
    const bootTimes = bootTimesOf(server.boots, { readyMs, packages }).at(-1);
    return bootTimes !== undefined && bootTimes.readyAt <= now() && unit.isUp();
  };
  const accept = (connection: Duplex) => {
    const realPort = unit.realPort();
    if (realPort !== undefined) return join(connection, connect(realPort, '127.0.0.1'));
    http.emit('connection', direct ? decrypted(connection, unit) : connection);
  };
  const tcp = createNetServer((socket) => {
    if (isUp() && allowsIngress(server.id, jupyter.port, callerOf(socket))) accept(socket);
    else socket.destroy();
  });
  // If another process listens on this port on 0.0.0.0, Jupyter is reachable over ssh only.
  tcp.on('error', () => {});
  if (direct) tcp.listen(jupyter.port, address);
  const closeConnections = () => http.closeAllConnections();
  const close = () => {
    tcp.close();
    closeConnections();
  };
  return { isUp, accept, closeConnections, close };
}

const closed: JupyterListener = {
  isUp: () => false,
  accept: (connection) => void connection.destroy(),
  closeConnections: () => {},
  close: () => {},
};

/** The server's end of TLS with the certificate that the unit serves now. */
function decrypted(connection: Duplex, { servedCertificate }: Unit): TLSSocket {
  const pem = servedCertificate()?.pem;
  const secureContext = createSecureContext({ cert: pem, key: pem });
  const socket = new TLSSocket(connection, { isServer: true, secureContext });
  return socket.on('error', () => socket.destroy());
}

function callerOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:/, '');
}

function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy()).on('close', () => other.destroy());
  other.on('error', () => one.destroy()).on('close', () => one.destroy());
}
