import type { Extent } from '../../../openstack/compute/server-ids.ts';
import * as networks from '../../../openstack/network/inventory.ts';
import { type AdminDeps, type AnyNotebook, listAll, type Selection } from '../list.ts';
import { projectNames } from '../names.ts';
import { ofNetwork } from './network.ts';
import type { Findings, Orphan } from './orphan.ts';
import { ofUsers } from './users.ts';

/**
 * What is ours and belongs to nothing: looks only, changes nothing. Ports are read before VMs, as those of a VM that
 * is being created would seem to be left over otherwise. Throws NOT_ALLOWED if Nova does not permit the list.
 */
export async function findOrphans(
  deps: AdminDeps,
  { projectId }: Pick<Selection, 'projectId'>,
): Promise<Findings> {
  const found = await networks.inventory(deps.network, projectId);
  const notebooks = await listAll(deps, { projectId });
  const extent: Extent = { allProjects: projectId !== deps.project.id, projectId };
  const network = await ofNetwork(deps, found, { notebooks, extent });
  const users = await ofUsers(deps, { notebooks, extent });
  const parts = [ownerless(notebooks), network, users];
  const all = parts.flatMap(({ orphans }) => orphans);
  return {
    orphans: await withProjectNames(deps, notebooks, all),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}

function ownerless(notebooks: readonly AnyNotebook[]): Findings {
  const unverified = notebooks.filter(
    ({ identity, userId, owner }) =>
      identity === 'unverified' || (identity === 'tampered' && owner === userId),
  );
  const orphans = notebooks
    .filter(({ identity }) => identity === 'no owner')
    .map(
      ({ id, vmName, project, userId }): Orphan => ({
        ...{ kind: 'vm', id, name: vmName, project: project.id, user: userId },
        why: 'its user does not exist in Keystone any more',
        remove: `openstack server delete ${id}`,
      }),
    );
  const count = unverified.length;
  const skipped =
    count === 0
      ? []
      : [`whether the users of ${count} VMs exist: Keystone does not let this login look up users`];
  return { orphans, skipped };
}

/** Until here a project is its id. One look-up for each that is named for the first time. */
async function withProjectNames(
  { identity, project }: AdminDeps,
  notebooks: readonly AnyNotebook[],
  orphans: readonly Orphan[],
): Promise<Orphan[]> {
  const known = new Map<string, string | null>([[project.id, project.name]]);
  for (const { project: own } of notebooks) known.set(own.id, own.name);
  const others = orphans.flatMap(({ project: id }) => (id === null || known.has(id) ? [] : [id]));
  const named = await projectNames(identity, others);
  return orphans.map((orphan) => {
    const id = orphan.project;
    if (id === null) return orphan;
    return { ...orphan, project: known.get(id) ?? named.get(id) ?? id };
  });
}
