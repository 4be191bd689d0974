import { Server as HttpsServer } from 'node:https';
import { connect, createServer as createNetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerRecord } from '../cloud/nova/server-record.ts';
import type { FirstBoot } from './first-boot.ts';
import { standInServer } from './jupyter-stand-in.ts';
import type { Unit } from './jupyter-unit.ts';
import { bootTimesOf, type Packages } from './packages.ts';

export interface JupyterListenerOptions {
  readonly now: () => Date;
  /** From ACTIVE until Jupyter answers. */
  readonly readyMs: number;
  /** Whether a server's security groups let that address reach that port; by default always. */
  readonly allowsIngress?: (serverId: string, port: number, from: string) => boolean;
}

/** A machine that is on. */
export interface ListenerVm {
  readonly server: Readonly<ServerRecord>;
  readonly address: string;
  readonly jupyter: FirstBoot['jupyter'];
  readonly unit: Unit | undefined;
  /** Jupyter waits for their installation. */
  readonly packages: Packages | undefined;
}

/** Where connections come to a machine's Jupyter. */
export interface JupyterListener {
  readonly isUp: () => boolean;
  readonly accept: (connection: Duplex) => void;
  /** Ends the connections that are there. */
  readonly closeConnections: () => void;
  readonly close: () => void;
}

/** Behind ssh; a direct Jupyter listens on the machine's address too, as far as it is let. */
export function openJupyterListener(
  { server, address, jupyter, unit, packages }: ListenerVm,
  { now, readyMs, allowsIngress = () => true }: JupyterListenerOptions,
): JupyterListener {
  if (jupyter === undefined || unit === undefined) return closed;
  const direct = jupyter.certificate !== undefined;
  const notebook = server.metadata['nubes-nb:ref'] ?? server.name;
  const http = standInServer({ tokenDigest: unit.tokenDigest, notebook, now, direct });
  const isUp = () => {
    const bootTimes = bootTimesOf(server.boots, { readyMs, packages }).at(-1);
    return bootTimes !== undefined && bootTimes.readyAt <= now() && unit.isUp();
  };
  const accept = (connection: Duplex) => {
    const realPort = unit.realPort();
    if (realPort !== undefined) return join(connection, connect(realPort, '127.0.0.1'));
    const pem = unit.servedCertificate()?.pem;
    if (pem !== undefined && http instanceof HttpsServer) {
      http.setSecureContext({ cert: pem, key: pem });
    }
    http.emit('connection', connection);
  };
  const tcp = createNetServer((socket) => {
    if (isUp() && allowsIngress(server.id, jupyter.port, callerOf(socket))) accept(socket);
    else socket.destroy();
  });
  // Whoever has the port on all addresses has it here too: then only ssh leads in.
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

function callerOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:/, '');
}

function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy()).on('close', () => other.destroy());
  other.on('error', () => one.destroy()).on('close', () => one.destroy());
}
