import { join } from 'node:path';
import { withFileLock } from '../../file-lock.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { remove as removeServer } from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { lostRace, VmGone } from '../errors.ts';
import { listOwnByName, requireOne } from '../find.ts';
import { nameOf, requestOf } from '../identity.ts';
import { journalRef, recordCompleted, recordRemoved } from '../journal.ts';
import { type OnProgress, poll } from '../waiting.ts';
import {
  type CreateJournal,
  isLeaving,
  type JournalPlace,
  readCreateJournal,
  surviving,
} from './surviving.ts';

/** Of the owner's servers, those that the next create of their name would delete. */
export async function orphanedDuplicates(
  place: JournalPlace,
  servers: readonly Server[],
): Promise<readonly Server[]> {
  const byName = new Map<string, Server[]>();
  for (const server of servers) {
    const name = nameOf(server);
    byName.set(name, [...(byName.get(name) ?? []), server]);
  }
  const shared = [...byName.values()].filter(({ length }) => length > 1);
  if (shared.length === 0) return [];
  const journal = await readCreateJournal(place);
  return shared.flatMap((sameName) => surviving(sameName, journal).remove);
}

/**
 * At the next create of a name: deletes what unfinished creates on this computer left, and returns the
 * server that keeps the name. Throws NOT_FOUND, and CONFLICT if two remain.
 */
export async function resolveDuplicates(
  deps: Deps,
  name: string,
  onProgress: OnProgress,
): Promise<Server> {
  const all = await listOwnByName(deps, name);
  const hasOrphans = (await orphanedDuplicates(deps, all)).length > 0;
  const removed = hasOrphans
    ? await withNameLock(deps, name, async () =>
        removeOrphans(deps, await listOwnByName(deps, name), onProgress),
      )
    : undefined;
  await untilGone(deps, removed ?? []);
  const latest = removed === undefined ? all : await listOwnByName(deps, name);
  const journal = await readCreateJournal(deps);
  const marked = latest.map((server) =>
    isLeaving(server, journal) ? { ...server, taskState: 'deleting' } : server,
  );
  return requireOne(marked, name);
}

/**
 * After the server of a create was first read, and after a poll has read another one of its name: deletes
 * it if that one keeps the name, else those that a repeated request has made. Throws NAME_TAKEN if it does
 * not keep the name. Returns false if another command was deciding, so that this one has to ask again.
 */
export async function withdrawIfOutranked(
  deps: Deps,
  ours: Server,
  onProgress: OnProgress,
): Promise<boolean> {
  const name = nameOf(ours);
  const decision = await withNameLock(deps, name, async () => {
    // A list of changes may still show a server that is gone: the decision needs a full one.
    const listed = await listOwnByName(deps, name);
    const current = listed.find(({ id }) => id === ours.id) ?? ours;
    const all = listed.includes(current) ? listed : [...listed, current];
    const journal = await readCreateJournal(deps, ours.id);
    const { remove } = surviving(all, journal);
    if (remove.includes(current)) {
      await removeServer(deps.compute, current.id);
      await recordRemoved(deps.journal, journalRef(current));
      return { isKept: false, removed: [current] };
    }
    if (isLeaving(current, journal)) return { isKept: false, removed: [] };
    const repeated = remove.filter((server) => requestOf(server) === requestOf(current));
    return { isKept: true, removed: await removeAll(deps, repeated, journal, onProgress) };
  });
  if (decision === undefined) return false;
  await untilGone(deps, decision.removed);
  if (!decision.isKept) throw lostRace(name);
  return true;
}

/**
 * Before the wait of a create ends: records that it has completed, and deletes what earlier creates left.
 * If a deletion fails, the next create of the name repeats it. Throws NAME_TAKEN if another process has
 * deleted this one.
 */
export async function completeAndClean(
  deps: Deps,
  server: Server,
  onProgress: OnProgress,
): Promise<void> {
  const name = nameOf(server);
  const removed = await withNameLock(deps, name, async () => {
    const journal = await readCreateJournal(deps, server.id);
    const listed = await listOwnByName(deps, name);
    const present = listed.filter((each) => !isLeaving(each, journal));
    if (present.length > 0 && !present.some(({ id }) => id === server.id)) throw lostRace(name);
    await recordCompleted(deps.journal, server);
    return removeOrphans(deps, present, onProgress).catch(() => []);
  }).catch((error: unknown) => {
    if (error instanceof VmGone) throw error;
    return undefined;
  });
  if (removed === undefined) await recordCompleted(deps.journal, server);
  else await untilGone(deps, removed);
}

/** Deletes the removable ones among the servers of one name, and returns them. */
async function removeOrphans(
  deps: Deps,
  servers: readonly Server[],
  onProgress: OnProgress,
): Promise<readonly Server[]> {
  const journal = await readCreateJournal(deps);
  return removeAll(deps, surviving(servers, journal).remove, journal, onProgress);
}

async function removeAll(
  deps: Deps,
  orphans: readonly Server[],
  { stateOf }: CreateJournal,
  onProgress: OnProgress,
): Promise<readonly Server[]> {
  if (orphans.length === 0) return [];
  const { remove } = await import('../lifecycle/delete.ts');
  const wait = { until: 'accepted', timeoutMs: deps.settings.timeoutsMs.delete } as const;
  for (const orphan of orphans) {
    const isRepeated = stateOf(orphan) === 'repeated';
    await remove(deps, orphan.id, wait, onProgress);
    // The request is that of the server which is kept.
    if (!isRepeated) await recordRemoved(deps.journal, journalRef(orphan));
    deps.warn(`the VM ${orphan.id} was removed: ${originOf(nameOf(orphan), isRepeated)}.`);
  }
  return orphans;
}

function originOf(name: string, isRepeated: boolean): string {
  return isRepeated
    ? `a proxy or load balancer had sent the request for ${name} twice, and Nova had made a second VM`
    : `a creation of ${name} that was interrupted on this computer had left it as a duplicate`;
}

/** Until then lists may show them, even as running, so a next command would find two VMs of the name. */
async function untilGone(deps: Deps, removed: readonly Server[]): Promise<void> {
  const { world, watcher, settings } = deps;
  const deadline = world.now().getTime() + settings.timeoutsMs.delete;
  for (const { id } of removed) {
    await poll({ world, deadline }, async () => {
      const found = await watcher.server(id, { beingDeleted: true });
      return found === undefined || /DELETED$/.test(found.status) ? true : undefined;
    }).catch(() => {});
  }
}

/**
 * Commands on this computer decide about a name one at a time: two at once could each delete the other's
 * server. Undefined if the lock does not become free.
 */
async function withNameLock<Result>(
  { stateFolder, world: { interrupted: signal } }: Pick<Deps, 'stateFolder' | 'world'>,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  let hasBegun = false;
  return withFileLock(join(stateFolder, `duplicates-${name}`), { ...lockOptions, signal }, () => {
    hasBegun = true;
    return work();
  }).catch((error: unknown) => {
    if (hasBegun) throw error;
    return undefined;
  });
}

const lockOptions = {
  staleMs: 10_000,
  retries: { retries: 60, minTimeout: 50, maxTimeout: 1_000 },
};
