import type { Server } from '../openstack/compute/servers.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { knownHostsFile } from './access.ts';
import type { Desk } from './desk.ts';
import { nameOf, requestOf } from './identity.ts';
import { creationsIn } from './journal.ts';
import type { Enter } from './patience.ts';
import { onlyOne, ownOf } from './search.ts';

/**
 * Of the owner's servers, oldest first, those of a name that this computer made beside the one that
 * stays, and of which nobody was told: it was killed, or the answer got lost and they came late. The
 * oldest stays, unless somebody here was told of a younger one. What another computer made is never among them.
 */
export async function leftTwins(
  { stateFolder, project, owner }: Pick<Desk, 'stateFolder' | 'project' | 'owner'>,
  servers: readonly Server[],
): Promise<readonly Server[]> {
  const sharing = namesakes(servers.filter(({ taskState }) => taskState !== 'deleting'));
  if (sharing.length === 0) return [];
  const creations = creationsIn(stateFolder, project.id, owner.name);
  // Whoever was told that Jupyter is up has its host key here.
  const pinned = await pinnedServers(knownHostsFile(stateFolder));
  const isTold = (server: Server) =>
    pinned.has(server.id) || creations.get(requestOf(server))?.isTold === true;
  const isUntold = (server: Server) => {
    const creation = creations.get(requestOf(server));
    if (creation === undefined || server.locked || isTold(server)) return false;
    return creation.id === undefined || creation.id === server.id;
  };
  return sharing.flatMap((twins) => {
    const stays = twins.find(isTold) ?? twins[0];
    return twins.filter((server) => server !== stays && isUntold(server));
  });
}

/** The servers of each name that several have. */
function namesakes(servers: readonly Server[]): readonly (readonly Server[])[] {
  const byName = new Map<string, Server[]>();
  for (const server of servers) {
    const name = nameOf(server);
    byName.set(name, [...(byName.get(name) ?? []), server]);
  }
  return [...byName.values()].filter(({ length }) => length > 1);
}

/**
 * The server of a name for a creation to go on with. Left twins of it are removed, as the process that
 * made them would have done. Throws NOT_FOUND, and CONFLICT when two stay.
 */
export async function withoutTwins(desk: Desk, name: string, enter: Enter): Promise<Server> {
  return onlyOne(await removeTwins(desk, name, enter), name);
}

/** Removes the left twins of a name; the servers that stay. */
export async function removeTwins(
  desk: Desk,
  name: string,
  enter: Enter,
): Promise<readonly Server[]> {
  const all = await ownOf(desk, name);
  const left = await leftTwins(desk, all);
  for (const twin of left) await removeTwin(desk, name, twin, enter);
  return all.filter((server) => !left.includes(server));
}

async function removeTwin(desk: Desk, name: string, twin: Server, enter: Enter): Promise<void> {
  const { world, settings } = desk;
  const { remove } = await import('./removal.ts');
  const deadline = world.now().getTime() + settings.timeouts.delete;
  await remove(desk, twin.id, { goal: 'accepted', deadline }, enter);
  const [request, id] = [requestOf(twin), twin.id];
  await desk.journal({ event: 'removed-twin', request, name, id }).catch(() => {});
  desk.warn(
    `the VM ${id} was removed: a creation of ${name} that was broken off here had left it as a second one.`,
  );
}
