import type { Server } from '../openstack/compute/servers.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { knownHostsFile } from './access.ts';
import { nameOf, requestOf } from './identity.ts';
import { untoldCreations } from './journal.ts';
import type { Desk, Enter } from './notebooks.ts';
import { onlyOne, ownOf } from './search.ts';

/**
 * Of the owner's servers, oldest first, the younger ones of a name that this computer made itself and was
 * killed before anybody was told of them. What another computer made is never among them.
 */
export async function leftTwins(
  { stateFolder, project, owner }: Pick<Desk, 'stateFolder' | 'project' | 'owner'>,
  servers: readonly Server[],
): Promise<readonly Server[]> {
  const names = new Set<string>();
  const younger = servers.filter((server) => {
    if (server.taskState === 'deleting') return false;
    const isFirst = !names.has(nameOf(server));
    names.add(nameOf(server));
    return !isFirst;
  });
  if (younger.length === 0) return [];
  const untold = untoldCreations(stateFolder, project.id, owner.name);
  // Whoever was told that Jupyter is up has its host key here.
  const told = await pinnedServers(knownHostsFile(stateFolder));
  return younger.filter((server) => {
    const creation = untold.get(requestOf(server));
    if (creation === undefined || server.locked || told.has(server.id)) return false;
    return creation.id === undefined || creation.id === server.id;
  });
}

/**
 * The server of a name for a creation to go on with. Left twins of it are removed, as the process that
 * made them would have done. Throws NOT_FOUND, and CONFLICT when two stay.
 */
export async function withoutTwins(desk: Desk, name: string, enter: Enter): Promise<Server> {
  const all = await ownOf(desk, name);
  const left = await leftTwins(desk, all);
  for (const twin of left) await removeTwin(desk, name, twin, enter);
  return onlyOne(
    all.filter((server) => !left.includes(server)),
    name,
  );
}

async function removeTwin(desk: Desk, name: string, twin: Server, enter: Enter): Promise<void> {
  const { world, settings, project, owner } = desk;
  const { remove } = await import('./removal.ts');
  const deadline = world.now().getTime() + settings.timeouts.delete;
  await remove(desk, twin.id, { goal: 'accepted', deadline }, enter);
  const [request, whose] = [requestOf(twin), { project: project.id, owner: owner.name }];
  const { id } = twin;
  await desk.journal({ event: 'removed-twin', request, ...whose, name, id }).catch(() => {});
  desk.warn(
    `the VM ${id}, which a creation of ${name} that was broken off here had made second, was removed.`,
  );
}
