import type { Server } from '../openstack/compute/servers.ts';
import { type KeyFiles, openKeyFiles } from '../ssh/key-files.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { readPorts } from '../ssh/local-port.ts';
import { sshRelease } from '../ssh/program.ts';
import type { Release } from '../ssh/release.ts';
import type { World } from '../world.ts';
import { isDirect } from './address.ts';
import {
  knownCertificates,
  knownHostsFile,
  knownKeyFiles,
  portsFile,
  sshReleaseFile,
} from './local-state.ts';

/** What this computer has recorded about VMs, by their ids. */
export interface VmRecords {
  readonly pinned: ReadonlySet<string>;
  readonly ports: Readonly<Record<string, number>>;
  readonly certificates: Readonly<Record<string, string>>;
  readonly keyFiles: Readonly<Record<string, string>>;
  /** Keys that are in `~/.ssh`, whether or not they were recorded. */
  readonly otherKeyFiles: KeyFiles;
  readonly release: Release | undefined;
}

interface Place {
  readonly stateFolder: string;
  readonly world: Pick<World, 'environment' | 'cwd' | 'home' | 'interrupted' | 'platform'>;
}

export async function recordsOf(
  { stateFolder, world }: Place,
  servers: readonly Server[],
): Promise<VmRecords> {
  const [pinned, ports, certificates, release] = await Promise.all([
    pinnedServers(knownHostsFile(stateFolder)),
    readPorts(portsFile(stateFolder)),
    servers.some(isDirect) ? knownCertificates(stateFolder) : {},
    sshRelease(sshReleaseFile(stateFolder), world),
  ]);
  const keyFiles = knownKeyFiles(stateFolder);
  return { pinned, ports, certificates, keyFiles, otherKeyFiles: openKeyFiles(world), release };
}
