import type { Deps } from '../notebooks/deps.ts';
import { listOwn } from '../notebooks/find.ts';
import { nameOf } from '../notebooks/identity.ts';
import { createRecords, unfinishedCreates } from '../notebooks/journal.ts';
import { keyPairName } from '../notebooks/key-pair-name.ts';
import { knownHostsFile } from '../notebooks/local-state.ts';
import * as keypairs from '../openstack/compute/keypairs.ts';
import * as servers from '../openstack/compute/servers.ts';
import { isStatus } from '../openstack/errors.ts';
import { rfc3339 } from '../rfc3339.ts';
import { hostNames } from '../ssh/host-files.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { type Finding, ok, warning } from './check.ts';

/** What this computer has stored about VMs that Nova no longer has. */
export interface Leftovers {
  /** Notebooks in our ssh_config. */
  readonly hosts: readonly string[];
  /** VMs in our known_hosts, by their ids. */
  readonly vms: readonly string[];
}

/** Each costs a request. */
const maxVms = 20;

/**
 * Our files are read before Nova's list, so a notebook that another command makes meanwhile is no leftover. A host key
 * may be that of a VM in another cloud or project: only those that the journal has under this one count.
 */
export async function findLeftovers(deps: Deps): Promise<Leftovers> {
  const { stateFolder, project, owner, hostFiles } = deps;
  const hosts = hostNames(hostFiles);
  const pinned = await pinnedServers(knownHostsFile(stateFolder));
  const records = [...createRecords(stateFolder, project.id, owner.name).values()];
  const own = await listOwn(deps);
  const names = new Set(own.map(nameOf));
  const ids = new Set(own.map(({ id }) => id));
  const candidates = new Set(
    records.flatMap(({ id }) => (id !== undefined && pinned.has(id) && !ids.has(id) ? [id] : [])),
  );
  const checked = await Promise.all([...candidates].slice(0, maxVms).map((id) => isGone(deps, id)));
  return { hosts: hosts.filter((name) => !names.has(name)), vms: checked.flat() };
}

async function isGone({ compute }: Deps, id: string): Promise<readonly string[]> {
  const found = await servers.show(compute, id).catch((error: unknown) => {
    if (isStatus(error, 404)) return undefined;
    throw error;
  });
  return found === undefined || found.status === 'DELETED' ? [id] : [];
}

export async function checkLeftovers(deps: Deps): Promise<Finding> {
  const { hosts, vms } = await findLeftovers(deps);
  const parts = [
    ...(hosts.length === 0 ? [] : [`${hosts.length} in our ssh_config (${hosts.join(', ')})`]),
    ...(vms.length === 0 ? [] : [`${vms.length} in our known_hosts`]),
  ];
  if (parts.length === 0) return ok('no entry of a notebook that is gone');
  return warning(
    `Entries of notebooks that are gone: ${parts.join(', ')}.`,
    'nubes-nb doctor --fix',
  );
}

/** A create takes less, so that one is not reported while its command runs. */
const longMs = 30 * 60_000;

export async function checkJournal({ stateFolder, project, owner, world }: Deps): Promise<Finding> {
  const unfinished = await unfinishedCreates(stateFolder, project.id, owner.name);
  const old = [...unfinished].filter(([, { at }]) => world.now().getTime() - at.getTime() > longMs);
  const [first] = old;
  if (first === undefined) return ok('every create has ended');
  const names = old.map(([name, { at }]) => `${name} (${rfc3339(at)})`).join(', ');
  return warning(
    `The journal has no end of the create of ${names}.`,
    `nubes-nb create ${first[0]} --if-exists skip`,
  );
}

/**
 * Those that `create` made: the name has the digest of the key. `delete` removes each with the last server that has it.
 */
export async function checkKeyPairs({ compute }: Deps): Promise<Finding> {
  const all = await keypairs.list(compute);
  const ours = all.filter(({ name, publicKey }) => name === keyPairName({ line: publicKey }));
  return ok(
    `${all.length} in Nova, ${ours.length} from nubes-nb; delete removes each with its last notebook`,
  );
}
