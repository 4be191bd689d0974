import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import type { SshTarget } from '../../ssh/target.ts';
import type { Desk } from '../deps.ts';
import { notOn } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { pinFromConsole } from '../readiness/console-reader.ts';
import { statusOf } from '../status.ts';
import { knownHostsFile, targetOf } from './address.ts';

/** A running notebook's VM, as ssh reaches it. */
export interface Reach {
  readonly name: string;
  readonly server: Server;
  readonly target: SshTarget;
}

/** Throws WRONG_STATE when the VM is not on, or has no address or account to reach it by. */
export async function reach(desk: Desk, reference: string): Promise<Reach> {
  return reachServer(desk, await find(desk, reference));
}

export async function reachServer(desk: Desk, server: Server): Promise<Reach> {
  const name = nameOf(server);
  const status = statusOf(server);
  if (status !== 'running') throw notOn(name, status);
  await pinFromConsole(desk, server);
  const target = await sshTarget(desk, server);
  if (target === undefined) throw nowhere(name);
  if (!target.pinned) {
    desk.warn(`the host key of ${name} is not known: the first one met is taken.`);
  }
  return { name, server, target };
}

/** Undefined until the VM has an address, or where no account is known. */
export async function sshTarget(desk: Desk, server: Server): Promise<SshTarget | undefined> {
  const { settings, stateFolder, account } = desk;
  const pinned = (await pinnedServers(knownHostsFile(stateFolder))).has(server.id);
  return targetOf(server, { notebook: settings.notebook, stateFolder, account, pinned });
}

function nowhere(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} has no address or no account to reach it by.`, {
    hint: `nubes-nb show ${name} shows its address; notebook.user names the account.`,
  });
}
