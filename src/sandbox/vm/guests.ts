import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as SafeServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import type { ServerRecord } from '../cloud/servers.ts';
import type { Guests } from '../cloud/state.ts';
import { loopbackAddress } from './address.ts';
import { consoleText } from './console.ts';
import { type Disk, openDisk } from './disk.ts';
import { type FirstBoot, readFirstBoot } from './first-boot.ts';
import { jupyterServer } from './jupyter.ts';
import { type KeyPair, makeKeyPair } from './key-pair.ts';
import { type Service, startService } from './service.ts';
import { type Sshd, startSshd } from './sshd.ts';

export interface GuestOptions {
  readonly now: () => Date;
  /** From ACTIVE until Jupyter answers. */
  readonly readyMs: number;
  /** Whether a server's security groups let that address reach that port; by default always. */
  readonly letsIn?: (serverId: string, port: number, from: string) => boolean;
}

/** The machines behind the cloud's servers: each has an address, a host key, sshd and Jupyter. */
export interface RunningGuests extends Guests {
  /** The port of every machine's sshd. */
  readonly sshPort: number;
  readonly close: () => Promise<void>;
}

interface Machine {
  readonly address: string;
  readonly hostKey: KeyPair;
  readonly disk: Disk;
  readonly server: Readonly<ServerRecord>;
  readonly boot: FirstBoot;
  /** Of a Jupyter that is reached directly. */
  readonly service: Service | undefined;
  running: { readonly sshd: Sshd; readonly stop: () => void } | undefined;
}

/** Machines are made when their server first gets an address, and run while it is active. */
export async function startGuests(options: GuestOptions): Promise<RunningGuests> {
  const { readyMs } = options;
  const { default: library } = await import('ssh2');
  const reserved = await reservePort();
  const machines = new Map<string, Machine>();

  const machineOf = (server: Readonly<ServerRecord>): Machine => {
    const known = machines.get(server.id);
    if (known !== undefined) return known;
    const taken = new Set([...machines.values()].map(({ address }) => address));
    const boot = readFirstBoot(server.userData);
    const disk = openDisk();
    const certificate = boot.jupyter?.certificate;
    const service = certificate && startService(disk, certificate);
    const address = loopbackAddress(server.id, taken);
    const hostKey = makeKeyPair(library);
    const made: Machine = { address, hostKey, disk, server, boot, service, running: undefined };
    machines.set(server.id, made);
    return made;
  };

  return {
    sshPort: reserved.port,
    addressFor: (server) => {
      const machine = machineOf(server);
      if (server.vmState === 'active') switchOn(library, machine, reserved.port, options);
      return machine.address;
    },
    console: (server, at) => {
      const { boot, hostKey, service } = machineOf(server);
      const printing = { hostname: server.hostname, serverId: server.id, boots: server.boots };
      const { nonce, jupyter } = boot;
      const facts = { nonce, hostKey: hostKey.public, readyMs };
      const certificate = service?.shown()?.sha256;
      return consoleText({ ...printing, ...facts, jupyterPort: jupyter?.port, certificate }, at);
    },
    ready: async () => {
      await Promise.all([...machines.values()].map(({ service }) => service?.ready));
    },
    onChange: (server) => {
      const machine = machines.get(server.id);
      if (machine === undefined) return;
      if (server.vmState === 'active') switchOn(library, machine, reserved.port, options);
      else switchOff(machine);
      if (server.vmState !== 'deleted') return;
      machines.delete(server.id);
      machine.disk.remove().catch(() => {});
    },
    close: async () => {
      for (const machine of machines.values()) switchOff(machine);
      await Promise.all([...machines.values()].map(({ disk }) => disk.remove()));
      reserved.release();
    },
  };
}

function switchOn(
  library: typeof ssh2,
  machine: Machine,
  port: number,
  options: GuestOptions,
): void {
  if (machine.running !== undefined) return;
  const { address, hostKey, disk, boot } = machine;
  const jupyter = startJupyter(machine, options);
  const sshd = startSshd(library, {
    address,
    port,
    hostKey: hostKey.private,
    accounts: boot.accounts,
    connect: (destination, open) => {
      if (destination !== boot.jupyter?.port || !jupyter.isUp()) return false;
      jupyter.take(open());
      return true;
    },
    run: disk.run,
  });
  machine.running = { sshd, stop: jupyter.stop };
}

interface Jupyter {
  readonly isUp: () => boolean;
  readonly take: (connection: Duplex) => void;
  readonly stop: () => void;
}

/** Jupyter behind ssh; a direct one listens on the machine's address too, as far as it is let. */
function startJupyter({ server, address, boot, service }: Machine, options: GuestOptions): Jupyter {
  const { now, readyMs, letsIn = () => true } = options;
  const { jupyter } = boot;
  if (jupyter === undefined) return noJupyter;
  const direct = service !== undefined;
  const notebook = server.metadata['nubes-nb:ref'] ?? server.name;
  const http = jupyterServer({ tokenDigest: jupyter.tokenDigest, notebook, now, direct });
  const isUp = () => {
    const started = server.boots.at(-1);
    return started !== undefined && started.getTime() + readyMs <= now().getTime();
  };
  const take = (connection: Duplex) => {
    useCertificate(http, service);
    http.emit('connection', connection);
  };
  const door = createNetServer((socket) => {
    if (isUp() && letsIn(server.id, jupyter.port, callerOf(socket))) take(socket);
    else socket.destroy();
  });
  // Whoever has the port on all addresses has it here too: then only ssh leads in.
  door.on('error', () => {});
  if (direct) door.listen(jupyter.port, address);
  const stop = () => {
    door.close();
    http.closeAllConnections();
  };
  return { isUp, take, stop };
}

const noJupyter: Jupyter = { isUp: () => false, take: (one) => void one.destroy(), stop: () => {} };

function callerOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:/, '');
}

function useCertificate(http: Server | SafeServer, service: Service | undefined): void {
  const shown = service?.shown();
  if (shown === undefined || !(http instanceof SafeServer)) return;
  http.setSecureContext({ cert: shown.pem, key: shown.pem });
}

function switchOff(machine: Machine): void {
  machine.running?.sshd.close();
  machine.running?.stop();
  machine.running = undefined;
  machine.disk.halt();
}

/** One port number for all machines, each on an address of its own; held, so that nobody takes it on all addresses. */
async function reservePort(): Promise<{ readonly port: number; readonly release: () => void }> {
  const holder = createNetServer((socket) => socket.destroy());
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return { port, release: () => holder.close() };
}
