import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import type { SshTarget } from '../../ssh/target.ts';
import type { Deps } from '../deps.ts';
import { notRunning } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { pinFromConsole } from '../readiness/console-reader.ts';
import { statusOf } from '../status.ts';
import { knownHostsFile, targetOf } from './address.ts';

/** A running notebook's VM, as ssh reaches it. */
export interface SshConnection {
  readonly name: string;
  readonly server: Server;
  readonly target: SshTarget;
}

/** Throws WRONG_STATE when the VM is not on, or has no address or account to reach it by. */
export async function requireSsh(deps: Deps, reference: string): Promise<SshConnection> {
  return connectTo(deps, await find(deps, reference));
}

export async function connectTo(deps: Deps, server: Server): Promise<SshConnection> {
  const name = nameOf(server);
  const status = statusOf(server);
  if (status !== 'running') throw notRunning(name, status);
  await pinFromConsole(deps, server);
  const target = await sshTarget(deps, server);
  if (target === undefined) throw nowhere(name);
  if (!target.pinned) {
    deps.warn(`the host key of ${name} is not known: the first one met is taken.`);
  }
  return { name, server, target };
}

/** Undefined until the VM has an address, or where no account is known. */
export async function sshTarget(deps: Deps, server: Server): Promise<SshTarget | undefined> {
  const { settings, stateFolder, account, keyFile } = deps;
  const pinned = (await pinnedServers(knownHostsFile(stateFolder))).has(server.id);
  return targetOf(server, { notebook: settings.notebook, stateFolder, account, keyFile, pinned });
}

function nowhere(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} has no address or no account to reach it by.`, {
    hint: `nubes-nb show ${name} shows its address; notebook.user names the account.`,
  });
}
