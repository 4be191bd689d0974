import { Server as SafeServer } from 'node:https';
import { connect, createServer as createNetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerRecord } from '../cloud/nova/server-record.ts';
import type { FirstBoot } from './first-boot.ts';
import { jupyterServer } from './jupyter-stand-in.ts';
import type { Unit } from './jupyter-unit.ts';
import { type Packages, sessionsOf } from './packages.ts';

export interface DoorOptions {
  readonly now: () => Date;
  /** From ACTIVE until Jupyter answers. */
  readonly readyMs: number;
  /** Whether a server's security groups let that address reach that port; by default always. */
  readonly letsIn?: (serverId: string, port: number, from: string) => boolean;
}

/** A machine that is on. */
export interface DoorPlace {
  readonly server: Readonly<ServerRecord>;
  readonly address: string;
  readonly jupyter: FirstBoot['jupyter'];
  readonly unit: Unit | undefined;
  /** Jupyter waits for their installation. */
  readonly packages: Packages | undefined;
}

/** Where connections come to a machine's Jupyter. */
export interface JupyterDoor {
  readonly isUp: () => boolean;
  readonly take: (connection: Duplex) => void;
  /** Ends the connections that are there. */
  readonly drop: () => void;
  readonly close: () => void;
}

/** Behind ssh; a direct Jupyter listens on the machine's address too, as far as it is let. */
export function openDoor(
  { server, address, jupyter, unit, packages }: DoorPlace,
  { now, readyMs, letsIn = () => true }: DoorOptions,
): JupyterDoor {
  if (jupyter === undefined || unit === undefined) return closed;
  const direct = jupyter.certificate !== undefined;
  const notebook = server.metadata['nubes-nb:ref'] ?? server.name;
  const http = jupyterServer({ tokenDigest: unit.tokenDigest, notebook, now, direct });
  const isUp = () => {
    const session = sessionsOf(server.boots, { readyMs, packages }).at(-1);
    return session !== undefined && session.readyAt <= now() && unit.isUp();
  };
  const take = (connection: Duplex) => {
    const realPort = unit.realPort();
    if (realPort !== undefined) return join(connection, connect(realPort, '127.0.0.1'));
    const pem = unit.shown()?.pem;
    if (pem !== undefined && http instanceof SafeServer) {
      http.setSecureContext({ cert: pem, key: pem });
    }
    http.emit('connection', connection);
  };
  const listening = createNetServer((socket) => {
    if (isUp() && letsIn(server.id, jupyter.port, callerOf(socket))) take(socket);
    else socket.destroy();
  });
  // Whoever has the port on all addresses has it here too: then only ssh leads in.
  listening.on('error', () => {});
  if (direct) listening.listen(jupyter.port, address);
  const drop = () => http.closeAllConnections();
  const close = () => {
    listening.close();
    drop();
  };
  return { isUp, take, drop, close };
}

const closed: JupyterDoor = {
  isUp: () => false,
  take: (connection) => void connection.destroy(),
  drop: () => {},
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
