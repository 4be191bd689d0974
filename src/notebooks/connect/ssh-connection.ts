import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { openKeyFiles } from '../../ssh/key-files.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import { sshRelease } from '../../ssh/program.ts';
import type { Connection } from '../../ssh/target.ts';
import { targetOf } from '../address.ts';
import { pinFromConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { notRunning } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { keyFileOf } from '../key-file.ts';
import { knownHostsFile, knownKeyFiles, sshReleaseFile } from '../local-state.ts';
import { statusOf } from '../status.ts';

/** A running notebook's VM, as ssh reaches it. */
export interface SshConnection extends Connection {
  readonly name: string;
  readonly server: Server;
}

/** Throws WRONG_STATE if the VM is not running, or has no address or no account. */
export async function requireSsh(deps: Deps, reference: string): Promise<SshConnection> {
  return connectTo(deps, await find(deps, reference));
}

export async function connectTo(deps: Deps, server: Server): Promise<SshConnection> {
  const name = nameOf(server);
  const status = statusOf(server);
  if (status !== 'running') throw notRunning(name, status);
  await pinFromConsole(deps, server);
  const connection = await sshConnection(deps, server);
  if (connection === undefined) throw noTarget(name);
  if (!connection.target.pinned) deps.warn(hostKeyUnknown(name));
  return connection;
}

/** A warning: ssh trusts the first key that it receives. */
export function hostKeyUnknown(name: string): string {
  return `the host key of ${name} is unknown; ssh trusts the first one that it receives.`;
}

/** Undefined until the VM has an address, or if the account is unknown. */
export async function sshConnection(
  deps: Deps,
  server: Server,
): Promise<SshConnection | undefined> {
  const { settings, stateFolder, account, world } = deps;
  const recorded = knownKeyFiles(stateFolder)[server.id];
  const others = openKeyFiles(world);
  const keyFile = await keyFileOf(world, server, { recorded, setting: deps.keyFile, others });
  const { notebook } = settings;
  const pinned = (await pinnedServers(knownHostsFile(stateFolder))).has(server.id);
  const target = targetOf(server, { notebook, stateFolder, account, keyFile, pinned });
  if (target === undefined) return undefined;
  const release = await sshRelease(sshReleaseFile(stateFolder), world);
  return { name: nameOf(server), server, target, release };
}

function noTarget(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} has no address, or its account is unknown.`, {
    hint: `nubes-nb show ${name} prints its address; notebook.user sets the account`,
  });
}
