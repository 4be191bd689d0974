import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import type { ServerRecord } from '../cloud/servers.ts';
import type { Guests } from '../cloud/state.ts';
import { loopbackAddress } from './address.ts';
import { consoleText } from './console.ts';
import { type Disk, openDisk } from './disk.ts';
import { type Account, readFirstBoot } from './first-boot.ts';
import { jupyterServer } from './jupyter.ts';
import { type KeyPair, makeKeyPair } from './key-pair.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { jupyterUnit, type Unit } from './unit.ts';

export interface GuestOptions {
  readonly now: () => Date;
  /** From ACTIVE until Jupyter answers. */
  readonly readyMs: number;
  /** Where to look for a real Jupyter; undefined: stand-ins answer. */
  readonly programPath?: string | undefined;
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
  readonly unit: Unit | undefined;
  readonly server: Readonly<ServerRecord>;
  running: { readonly sshd: Sshd; readonly jupyter: Server | undefined } | undefined;
}

/** Machines are made when their server first gets an address, and run while it is active. */
export async function startGuests({
  now,
  readyMs,
  programPath,
}: GuestOptions): Promise<RunningGuests> {
  const { default: library } = await import('ssh2');
  const reserved = await reservePort();
  const machines = new Map<string, Machine>();

  const machineOf = (server: Readonly<ServerRecord>): Machine => {
    const known = machines.get(server.id);
    if (known !== undefined) return known;
    const taken = new Set([...machines.values()].map(({ address }) => address));
    const unit = unitOf(server, programPath, () => made.running?.jupyter?.closeAllConnections());
    const made: Machine = {
      address: loopbackAddress(server.id, taken),
      hostKey: makeKeyPair(library),
      disk: openDisk(unit?.start),
      unit,
      server,
      running: undefined,
    };
    machines.set(server.id, made);
    return made;
  };

  return {
    sshPort: reserved.port,
    addressFor: (server) => {
      const machine = machineOf(server);
      if (server.vmState === 'active') {
        switchOn(library, machine, reserved.port, { now, readyMs });
      }
      return machine.address;
    },
    console: (server, at) => {
      const { jupyter, nonce } = readFirstBoot(server.userData);
      const printing = { hostname: server.hostname, serverId: server.id, boots: server.boots };
      const { hostKey, unit } = machineOf(server);
      const wait = unit?.isUp() === false ? Number.POSITIVE_INFINITY : readyMs;
      return consoleText(
        {
          ...printing,
          nonce,
          hostKey: hostKey.public,
          jupyterPort: jupyter?.port,
          readyMs: wait,
        },
        at,
      );
    },
    onChange: (server) => {
      const machine = machines.get(server.id);
      if (machine === undefined) return;
      if (server.vmState === 'active') switchOn(library, machine, reserved.port, { now, readyMs });
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
  { now, readyMs }: GuestOptions,
): void {
  if (machine.running !== undefined) return;
  const { server, address, hostKey, disk, unit } = machine;
  const { jupyter } = readFirstBoot(server.userData);
  const http =
    unit === undefined
      ? undefined
      : jupyterServer({
          tokenDigest: unit.tokenDigest,
          notebook: server.metadata['nubes-nb:ref'] ?? server.name,
          now,
        });
  const isUp = () => {
    const boot = server.boots.at(-1);
    const isTime = boot !== undefined && boot.getTime() + readyMs <= now().getTime();
    return isTime && unit?.isUp() === true;
  };
  const sshd = startSshd(library, {
    address,
    port,
    hostKey: hostKey.private,
    accounts: accountsOf(server),
    connect: (destination, open) => {
      if (http === undefined || destination !== jupyter?.port || !isUp()) return false;
      const realPort = unit?.realPort();
      if (realPort === undefined) http.emit('connection', open());
      else join(open(), connect(realPort, '127.0.0.1'));
      return true;
    },
    run: disk.run,
  });
  machine.running = { sshd, jupyter: http };
  if (unit?.eager === true) disk.open().catch(() => {});
}

function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy()).on('close', () => other.destroy());
  other.on('error', () => one.destroy()).on('close', () => one.destroy());
}

function switchOff(machine: Machine): void {
  machine.running?.sshd.close();
  machine.running?.jupyter?.closeAllConnections();
  machine.running = undefined;
  machine.unit?.halt();
  machine.disk.halt();
}

function accountsOf({ userData, imageAccount }: Readonly<ServerRecord>): Account[] {
  const { accounts, withImageAccount } = readFirstBoot(userData);
  if (!withImageAccount || imageAccount === undefined) return [...accounts];
  const { name, key } = imageAccount;
  return [{ name, authorizedKeys: [key] }, ...accounts];
}

/** Undefined where no Jupyter is set up. */
function unitOf(
  server: Readonly<ServerRecord>,
  path: string | undefined,
  ended: () => void,
): Unit | undefined {
  const { jupyter } = readFirstBoot(server.userData);
  return jupyter === undefined ? undefined : jupyterUnit({ ...jupyter, path, ended });
}

/** One port number for all machines, each on an address of its own; held, so that nobody takes it on all addresses. */
async function reservePort(): Promise<{ readonly port: number; readonly release: () => void }> {
  const holder = createNetServer((socket) => socket.destroy());
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return { port, release: () => holder.close() };
}
