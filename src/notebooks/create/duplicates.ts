import { join } from 'node:path';
import { withFileLock } from '../../file-lock.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import { knownHostsFile } from '../connect/address.ts';
import type { Deps } from '../deps.ts';
import { lostRace, VmGone } from '../errors.ts';
import { listOwnByName, oldestFirst, requireOne } from '../find.ts';
import { nameOf, requestOf } from '../identity.ts';
import type { OnProgress } from '../waiting.ts';
import { createRecords, journalRef, recordCompleted, recordRemoved } from './journal.ts';

/**
 * Of the owner's servers, oldest first, those of a name that this computer made beside the one that
 * stays, and of which nobody was told: it was killed, or the answer got lost and they came late. The one
 * stays that somebody here was told of, else the oldest; where that is broken, the next one that works and
 * that this computer made. What another computer made is never among the left ones.
 */
export async function orphanedDuplicates(
  { stateFolder, project, owner }: Pick<Deps, 'stateFolder' | 'project' | 'owner'>,
  servers: readonly Server[],
): Promise<readonly Server[]> {
  const sharing = namesakes(servers.filter(isStaying));
  if (sharing.length === 0) return [];
  const creations = createRecords(stateFolder, project.id, owner.name);
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
    const sound = twins.find(({ status }) => status !== 'ERROR');
    // Another computer goes by the age alone, so for its own one the same holds here.
    const isOurs = sound !== undefined && creations.has(requestOf(sound));
    const stays = twins.find(isTold) ?? (isOurs ? sound : twins[0]);
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

function isStaying({ taskState }: Server): boolean {
  return taskState !== 'deleting';
}

/**
 * The server of a name for a creation to go on with. Left twins of it are removed, as the process that
 * made them would have done. Throws NOT_FOUND, and CONFLICT when two stay.
 */
export async function resolveDuplicates(
  deps: Deps,
  name: string,
  onProgress: OnProgress,
): Promise<Server> {
  const all = await listOwnByName(deps, name);
  const isTwice = (await orphanedDuplicates(deps, all)).length > 0;
  const fresh = async () => removeLeft(deps, await listOwnByName(deps, name), onProgress);
  const staying = isTwice ? await withNameLock(deps, name, fresh) : all;
  return requireOne(staying ?? all, name);
}

/**
 * Notes that a creation has ended well, and removes what an earlier one has left beside it. What cannot
 * be removed now the next creation of the name removes. Throws NAME_TAKEN when it was itself taken for left.
 */
export async function completeAndClean(
  deps: Deps,
  server: Server,
  onProgress: OnProgress,
): Promise<void> {
  const name = nameOf(server);
  const isNoted = await withNameLock(deps, name, async () => {
    const staying = (await listOwnByName(deps, name)).filter(isStaying);
    if (staying.length > 0 && !staying.some(({ id }) => id === server.id)) throw lostRace(name);
    await recordCompleted(deps.journal, server);
    await removeLeft(deps, staying, onProgress).catch(() => {});
    return true;
  }).catch((error: unknown) => {
    if (error instanceof VmGone) throw error;
    return false;
  });
  if (isNoted !== true) await recordCompleted(deps.journal, server);
}

/** Deletes what a creation made itself, and nothing else, when another one has the name. Throws NAME_TAKEN then. */
export async function yieldToOlder(deps: Deps, ours: Server): Promise<void> {
  const [id, name] = [ours.id, nameOf(ours)];
  await withNameLock(deps, name, async () => {
    // A list of changes may still hold one that has gone; what cannot be undone wants a look of its own.
    const all = (await listOwnByName(deps, name)).filter(isStaying);
    const left = await orphanedDuplicates(deps, all);
    const first = all.find((server) => !left.includes(server));
    const isLeft = left.some((server) => server.id === id);
    const isYounger = first !== undefined && first.id !== id && oldestFirst(first, ours) < 0;
    if (!isLeft && !isYounger) return;
    await servers.remove(deps.compute, id);
    throw lostRace(name);
  });
}

/**
 * Of this computer's commands one at a time judges which VM of a name stays: two could each remove the
 * other's. Undefined when its turn does not come.
 */
async function withNameLock<Result>(
  { stateFolder }: Deps,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  let hasBegun = false;
  return withFileLock(join(stateFolder, `twins-${name}`), wait, () => {
    hasBegun = true;
    return work();
  }).catch((error: unknown) => {
    if (hasBegun) throw error;
    return undefined;
  });
}

const wait = {
  staleMs: 10_000,
  retries: { retries: 60, minTimeout: 50, maxTimeout: 1_000, randomize: true },
};

/** Removes the left twins among the servers of a name; those that stay. */
async function removeLeft(
  deps: Deps,
  all: readonly Server[],
  onProgress: OnProgress,
): Promise<readonly Server[]> {
  const left = await orphanedDuplicates(deps, all);
  for (const twin of left) await removeTwin(deps, twin, onProgress);
  return all.filter((server) => !left.includes(server));
}

async function removeTwin(deps: Deps, twin: Server, onProgress: OnProgress): Promise<void> {
  const { settings } = deps;
  const { remove } = await import('../lifecycle/delete.ts');
  await remove(
    deps,
    twin.id,
    { until: 'accepted', timeoutMs: settings.timeouts.delete },
    onProgress,
  );
  await recordRemoved(deps.journal, journalRef(twin));
  deps.warn(
    `the VM ${twin.id} was removed: a creation of ${nameOf(twin)} that was broken off here had left it as a second one.`,
  );
}
