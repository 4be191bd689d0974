import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type ssh2 from 'ssh2';
import type { ServerRecord } from '../cloud/nova/server-record.ts';
import type { Vms } from '../cloud/state.ts';
import { loopbackAddress, reservePort } from './address.ts';
import { consoleText } from './console.ts';
import { type Disk, openDisk } from './disk.ts';
import { type Account, type FirstBoot, readFirstBoot } from './first-boot.ts';
import { type GuestFile, guestFileOf } from './guest-file.ts';
import {
  type JupyterListener,
  type JupyterListenerOptions,
  openJupyterListener,
} from './jupyter-listener.ts';
import { createJupyterUnit, type Unit } from './jupyter-unit.ts';
import { type KeyPair, lazyKeyPair } from './key-pair.ts';
import { packagesReport } from './packages.ts';
import { guestAccount, type Sshd, startSshd } from './sshd.ts';

export interface VmOptions extends JupyterListenerOptions {
  /** A PATH to search for a real Jupyter; undefined: a stand-in answers. */
  readonly programPath?: string | undefined;
}

/** The VMs behind the cloud's servers, each with an address, a host key, sshd and Jupyter. */
export interface RunningVms extends Vms {
  /** The sshd port of every VM. */
  readonly sshPort: number;
  /** Returns a function that removes all VMs; those that exist now come back with their host keys. */
  readonly checkpoint: () => () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Vm {
  readonly address: string;
  readonly hostKey: KeyPair;
  readonly disk: Disk;
  readonly unit: Unit | undefined;
  /** Undefined for a notebook that knows no guests. */
  readonly guestFile: GuestFile | undefined;
  readonly server: Readonly<ServerRecord>;
  readonly boot: FirstBoot;
  running:
    | {
        readonly sshd: Sshd;
        readonly listener: JupyterListener;
        /** Resolves when the unit has started, if it starts with the VM. */
        readonly ready: Promise<void>;
      }
    | undefined;
}

/** A VM is created when its server first gets an address, and runs while the server is active. */
export async function startVms(options: VmOptions): Promise<RunningVms> {
  const { readyMs, programPath } = options;
  const { default: ssh2Library } = await import('ssh2');
  const reserved = await reservePort();
  const vms = new Map<string, Vm>();
  const hostKeys = new Map<string, KeyPair>();

  const vmOf = (server: Readonly<ServerRecord>): Vm => {
    const known = vms.get(server.id);
    if (known !== undefined) return known;
    const taken = new Set([...vms.values()].map(({ address }) => address));
    const boot = readFirstBoot(server.userData);
    const unit =
      failureOf(server, boot) !== undefined
        ? undefined
        : unitOf(boot, programPath, () => created.running?.listener.closeConnections());
    const guestFile = guestFileOf(boot, () =>
      created.running?.sshd.endOtherGuests(guestFile?.keys() ?? []),
    );
    const created: Vm = {
      address: loopbackAddress(server.id, taken),
      hostKey: hostKeys.get(server.id) ?? lazyKeyPair(ssh2Library),
      disk: openDisk({
        make: (root) => writeKeys(root, accountsOf({ boot, server })),
        start: (root) => populateDisk(root, boot, server, { unit, guestFile }),
      }),
      unit,
      guestFile,
      server,
      boot,
      running: undefined,
    };
    vms.set(server.id, created);
    return created;
  };

  const removeAll = async () => {
    const removed = [...vms.values()];
    vms.clear();
    for (const vm of removed) powerOff(vm);
    await Promise.all(removed.map(({ disk }) => disk.remove()));
  };

  return {
    sshPort: reserved.port,
    addressFor: (server) => {
      const vm = vmOf(server);
      if (server.vmState === 'active') {
        powerOn(ssh2Library, vm, reserved.port, options);
      }
      return vm.address;
    },
    console: (server, at) => {
      const { boot, hostKey, unit, running } = vmOf(server);
      const { hostname, id: serverId, boots } = server;
      const jupyterIsDown = running !== undefined && unit?.isUp() === false;
      const bootFacts = { nonce: boot.nonce, hostKey: hostKey.public, readyMs, jupyterIsDown };
      const { indexIsDown = false } = server;
      const packageFacts = { packages: boot.packages, indexIsDown };
      const jupyterFacts = {
        failure: failureOf(server, boot),
        jupyterPort: boot.jupyter?.port,
        certificate: unit?.servedCertificate()?.sha256,
      };
      return consoleText(
        { hostname, serverId, boots, ...bootFacts, ...jupyterFacts, ...packageFacts },
        at,
      );
    },
    ready: async () => {
      await Promise.all([...vms.values()].map(({ running }) => running?.ready));
    },
    onChange: (server) => {
      const vm = vms.get(server.id);
      if (vm === undefined) return;
      if (server.vmState === 'active') powerOn(ssh2Library, vm, reserved.port, options);
      else powerOff(vm);
      if (server.vmState !== 'deleted') return;
      vms.delete(server.id);
      vm.disk.remove().catch(() => {});
    },
    checkpoint: () => {
      for (const [id, { hostKey }] of vms) hostKeys.set(id, hostKey);
      return removeAll;
    },
    close: async () => {
      await removeAll();
      reserved.release();
    },
  };
}

function powerOn(ssh2Library: typeof ssh2, vm: Vm, port: number, options: VmOptions): void {
  if (vm.running !== undefined) return;
  const { server, address, hostKey, disk, unit, guestFile, boot } = vm;
  const { jupyter } = boot;
  const { packages } = boot;
  const guestDigests = () => guestFile?.digests() ?? [];
  const listener = openJupyterListener(
    { server, address, jupyter, unit, guestDigests, packages },
    options,
  );
  const sshd = startSshd(ssh2Library, {
    address,
    port,
    hostKey,
    keysOf: async (account) =>
      account === guestAccount ? (guestFile?.keys() ?? []) : keysOf(vm, account),
    guestPort: jupyter?.port,
    connect: (destination, open) => {
      if (destination !== jupyter?.port || !listener.isUp()) return false;
      listener.accept(open());
      return true;
    },
    run: disk.run,
    files: disk.files,
  });
  // Fails if the VM is deleted meanwhile.
  const ready = unit?.startsWithVm === true ? disk.open().catch(() => {}) : Promise.resolve();
  vm.running = { sshd, listener, ready };
}

function powerOff(vm: Vm): void {
  vm.running?.sshd.close();
  vm.running?.listener.close();
  vm.running = undefined;
  vm.unit?.halt();
  vm.guestFile?.close();
  vm.disk.halt();
}

/** Once the VM has a disk, its owner may change the file. */
async function keysOf(vm: Vm, account: string): Promise<readonly string[]> {
  const written = await vm.disk.read(join('home', account, authorizedKeys));
  if (written !== undefined) return written.split('\n');
  return accountsOf(vm).find(({ name }) => name === account)?.authorizedKeys ?? [];
}

function accountsOf({ boot, server: { imageAccount } }: Pick<Vm, 'boot' | 'server'>): Account[] {
  const { accounts, withImageAccount, imageKeys } = boot;
  if (!withImageAccount || imageAccount === undefined) return [...accounts];
  const { name, key } = imageAccount;
  return [{ name, authorizedKeys: [key, ...imageKeys] }, ...accounts];
}

const authorizedKeys = join('.ssh', 'authorized_keys');

async function writeKeys(root: string, accounts: readonly Account[]): Promise<void> {
  for (const { name, authorizedKeys: lines } of accounts) {
    const file = join(root, 'home', name, authorizedKeys);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  }
}

/** Makes the notebook folder, starts Jupyter's unit and writes the package log. */
async function populateDisk(
  root: string,
  { packages, jupyter }: FirstBoot,
  { indexIsDown = false }: Readonly<ServerRecord>,
  { unit, guestFile }: Pick<Vm, 'unit' | 'guestFile'>,
): Promise<void> {
  if (jupyter?.folder !== undefined) {
    await mkdir(join(root, jupyter.folder), { recursive: true, mode: 0o750 });
  }
  await unit?.start(root);
  await guestFile?.open(root);
  if (packages === undefined || jupyter === undefined) return;
  const folder = join(root, 'home', jupyter.account, '.nubes-nb');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'packages.log'), packagesReport(packages, indexIsDown));
}

/** Why systemd cannot start Jupyter; the image's `jupyter`, `jupyter-lab`, … are on its PATH. */
function failureOf(
  { lacksJupyter = false }: Readonly<ServerRecord>,
  { jupyter }: FirstBoot,
): string | undefined {
  const [program = ''] = jupyter?.command ?? [];
  if (!lacksJupyter && (program === '' || /^(?:.*\/)?jupyter/.test(program))) return undefined;
  return 'the command that starts it is not there (exit code 127)';
}

function unitOf(
  { jupyter }: FirstBoot,
  path: string | undefined,
  onExit: () => void,
): Unit | undefined {
  return jupyter === undefined ? undefined : createJupyterUnit({ ...jupyter, path, onExit });
}
