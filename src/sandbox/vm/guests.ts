import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import type ssh2 from 'ssh2';
import type { ServerRecord } from '../cloud/nova/server-record.ts';
import type { Guests } from '../cloud/state.ts';
import { loopbackAddress } from './address.ts';
import { consoleText } from './console.ts';
import { type Disk, openDisk } from './disk.ts';
import { type Account, type FirstBoot, readFirstBoot } from './first-boot.ts';
import { type DoorOptions, type JupyterDoor, openDoor } from './jupyter-listener.ts';
import { jupyterUnit, type Unit } from './jupyter-unit.ts';
import { type KeyPair, makeKeyPair } from './key-pair.ts';
import { packagesReport } from './packages.ts';
import { type Sshd, startSshd } from './sshd.ts';

export interface GuestOptions extends DoorOptions {
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
  readonly boot: FirstBoot;
  running:
    | {
        readonly sshd: Sshd;
        readonly door: JupyterDoor;
        /** Resolves when its unit is started, where that is done with the machine. */
        readonly ready: Promise<void>;
      }
    | undefined;
}

/** Machines are made when their server first gets an address, and run while it is active. */
export async function startGuests(options: GuestOptions): Promise<RunningGuests> {
  const { readyMs, programPath } = options;
  const { default: library } = await import('ssh2');
  const reserved = await reservePort();
  const machines = new Map<string, Machine>();

  const machineOf = (server: Readonly<ServerRecord>): Machine => {
    const known = machines.get(server.id);
    if (known !== undefined) return known;
    const taken = new Set([...machines.values()].map(({ address }) => address));
    const boot = readFirstBoot(server.userData);
    const unit = unitOf(boot, programPath, () => made.running?.door.drop());
    const made: Machine = {
      address: loopbackAddress(server.id, taken),
      hostKey: makeKeyPair(library),
      disk: openDisk((root) => setUp(root, boot, server, unit)),
      unit,
      server,
      boot,
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
        switchOn(library, machine, reserved.port, options);
      }
      return machine.address;
    },
    console: (server, at) => {
      const { boot, hostKey, unit, running } = machineOf(server);
      const { hostname, id: serverId, boots } = server;
      const silent = running !== undefined && unit?.isUp() === false;
      const facts = { nonce: boot.nonce, hostKey: hostKey.public, readyMs, silent };
      const { indexIsDown = false } = server;
      const installing = { packages: boot.packages, indexIsDown };
      const told = { jupyterPort: boot.jupyter?.port, certificate: unit?.shown()?.sha256 };
      return consoleText({ hostname, serverId, boots, ...facts, ...told, ...installing }, at);
    },
    ready: async () => {
      await Promise.all([...machines.values()].map(({ running }) => running?.ready));
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
  const { server, address, hostKey, disk, unit, boot } = machine;
  const { jupyter } = boot;
  const { packages } = boot;
  const door = openDoor({ server, address, jupyter, unit, packages }, options);
  const sshd = startSshd(library, {
    address,
    port,
    hostKey: hostKey.private,
    accounts: accountsOf(machine),
    connect: (destination, open) => {
      if (destination !== jupyter?.port || !door.isUp()) return false;
      door.take(open());
      return true;
    },
    run: disk.run,
  });
  // A disk that is removed meanwhile belongs to a machine that is gone.
  const ready = unit?.eager === true ? disk.open().catch(() => {}) : Promise.resolve();
  machine.running = { sshd, door, ready };
}

function switchOff(machine: Machine): void {
  machine.running?.sshd.close();
  machine.running?.door.close();
  machine.running = undefined;
  machine.unit?.halt();
  machine.disk.halt();
}

function accountsOf({ boot, server: { imageAccount } }: Machine): Account[] {
  const { accounts, withImageAccount } = boot;
  if (!withImageAccount || imageAccount === undefined) return [...accounts];
  const { name, key } = imageAccount;
  return [{ name, authorizedKeys: [key] }, ...accounts];
}

/** What is there when somebody first looks at the disk. */
async function setUp(
  root: string,
  { packages, jupyter }: FirstBoot,
  { indexIsDown = false }: Readonly<ServerRecord>,
  unit: Unit | undefined,
): Promise<void> {
  await unit?.start(root);
  if (packages === undefined || jupyter === undefined) return;
  const folder = join(root, 'home', jupyter.account, '.nubes-nb');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'packages.log'), packagesReport(packages, indexIsDown));
}

/** Undefined where no Jupyter is set up. */
function unitOf(
  { jupyter }: FirstBoot,
  path: string | undefined,
  ended: () => void,
): Unit | undefined {
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
