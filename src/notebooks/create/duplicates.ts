import { join } from 'node:path';
import { type NubesError, timedOut } from '../../errors.ts';
import { withFileLock } from '../../file-lock.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { remove as removeServer } from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import type { Deps } from '../deps.ts';
import { lostRace, nameTaken, VmGone } from '../errors.ts';
import { listOwnByName, oldestFirst, requireOne } from '../find.ts';
import { nameOf, requestOf } from '../identity.ts';
import { createRecords, journalRef, recordCompleted, recordRemoved } from '../journal.ts';
import { knownHostsFile } from '../local-state.ts';
import { statusOf } from '../status.ts';
import { isPastDeadline, type OnProgress, type WaitOptions, within } from '../waiting.ts';
import type { Lookups } from './lookups.ts';

/** What this computer knows of how a server was created. */
export interface CreateJournal {
  /**
   * `unfinished`: a create on this computer made it and has not reported it to the user. `reported`: the
   * user has been given it. `none`: another computer made it, or the journal has no entry.
   */
  readonly stateOf: (server: Server) => 'unfinished' | 'reported' | 'none';
}

/**
 * Of the owner's servers of one name: which keeps the name, and which this computer may delete. One that
 * the user has been given keeps it, else the oldest. A server in ERROR yields only to one of this
 * computer: another computer may have read a list in which it was not in ERROR yet, and have deleted its
 * own. Only an unfinished create's server is deleted, so two computers never delete each other's.
 */
export function surviving(
  servers: readonly Server[],
  journal: CreateJournal,
): { readonly keep: Server | undefined; readonly remove: readonly Server[] } {
  const present = servers.filter(isPresent).sort(oldestFirst);
  const healthy = present.find(({ status }) => status !== 'ERROR');
  const isOurs = healthy !== undefined && journal.stateOf(healthy) !== 'none';
  const keep =
    present.find((server) => journal.stateOf(server) === 'reported') ??
    (isOurs ? healthy : present[0]);
  const isRemovable = (server: Server) =>
    !server.locked && journal.stateOf(server) === 'unfinished';
  return { keep, remove: present.filter((server) => server !== keep && isRemovable(server)) };
}

function isPresent({ taskState }: Server): boolean {
  return taskState !== 'deleting';
}

type JournalPlace = Pick<Deps, 'stateFolder' | 'project' | 'owner'>;

/**
 * A pinned host key means that a command has reached the VM: the user may be working on it. It means
 * nothing for the server of a create that is still running, which pins the key itself.
 */
export async function readCreateJournal(
  { stateFolder, project, owner }: JournalPlace,
  runningId?: string,
): Promise<CreateJournal> {
  const records = createRecords(stateFolder, project.id, owner.name);
  const pinned = await pinnedServers(knownHostsFile(stateFolder));
  const stateOf = (server: Server) => {
    const record = records.get(requestOf(server));
    const isPinned = pinned.has(server.id) && server.id !== runningId;
    if (isPinned || record?.isReported === true) return 'reported';
    const isSame = record !== undefined && (record.id ?? server.id) === server.id;
    return isSame ? 'unfinished' : 'none';
  };
  return { stateOf };
}

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
  const remaining = hasOrphans
    ? await withNameLock(deps, name, async () =>
        removeOrphans(deps, await listOwnByName(deps, name), onProgress),
      )
    : all;
  return requireOne(remaining ?? all, name);
}

/**
 * After the server of a create was first read, and after a poll has read another one of its name: deletes
 * it if that one keeps the name. Throws NAME_TAKEN then. Returns false if another command was deciding, so
 * that this one has to ask again.
 */
export async function withdrawIfOutranked(deps: Deps, ours: Server): Promise<boolean> {
  const name = nameOf(ours);
  const isDecided = await withNameLock(deps, name, async () => {
    // A list of changes may still show a server that is gone: the decision needs a full one.
    const listed = await listOwnByName(deps, name);
    const current = listed.find(({ id }) => id === ours.id) ?? ours;
    const all = listed.includes(current) ? listed : [...listed, current];
    const { remove } = surviving(all, await readCreateJournal(deps, ours.id));
    if (remove.includes(current)) await removeServer(deps.compute, current.id);
    else if (isPresent(current)) return true;
    throw lostRace(name);
  });
  return isDecided === true;
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
  const isRecorded = await withNameLock(deps, name, async () => {
    const present = (await listOwnByName(deps, name)).filter(isPresent);
    if (present.length > 0 && !present.some(({ id }) => id === server.id)) throw lostRace(name);
    await recordCompleted(deps.journal, server);
    await removeOrphans(deps, present, onProgress).catch(() => {});
    return true;
  }).catch((error: unknown) => {
    if (error instanceof VmGone) throw error;
    return false;
  });
  if (isRecorded !== true) await recordCompleted(deps.journal, server);
}

/** Deletes the removable ones among the servers of one name, and returns the others. */
async function removeOrphans(
  deps: Deps,
  servers: readonly Server[],
  onProgress: OnProgress,
): Promise<readonly Server[]> {
  const { remove: orphans } = surviving(servers, await readCreateJournal(deps));
  const { remove } = await import('../lifecycle/delete.ts');
  const wait = { until: 'accepted', timeoutMs: deps.settings.timeoutsMs.delete } as const;
  for (const orphan of orphans) {
    await remove(deps, orphan.id, wait, onProgress);
    await recordRemoved(deps.journal, journalRef(orphan));
    deps.warn(
      `the VM ${orphan.id} was removed: a creation of ${nameOf(orphan)} that was interrupted on this computer had left it as a duplicate.`,
    );
  }
  return servers.filter((server) => !orphans.includes(server));
}

/**
 * Commands on this computer decide about a name one at a time: two at once could each delete the other's
 * server. Undefined if the lock does not become free.
 */
async function withNameLock<Result>(
  { stateFolder }: Pick<Deps, 'stateFolder'>,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  let hasBegun = false;
  return withFileLock(join(stateFolder, `duplicates-${name}`), lockOptions, () => {
    hasBegun = true;
    return work();
  }).catch((error: unknown) => {
    if (hasBegun) throw error;
    return undefined;
  });
}

const lockOptions = {
  staleMs: 10_000,
  retries: { retries: 60, minTimeout: 50, maxTimeout: 1_000, randomize: true },
};

/**
 * How long after its last journal entry a server may still be missing from Nova's lists. A create that
 * waits for its own server notices an earlier one meanwhile; with `accepted` it would exit too soon.
 */
const listedWithinMs = { accepted: 30_000, running: 5_000, ready: 5_000 };
const earlierPauseMs = 1_000;

/**
 * Before the request: waits for the server of an earlier create of the name that this computer did not
 * finish, as it was killed or the response was lost. Returns whether that server may still appear. Throws
 * NAME_TAKEN once it is listed, TIMED_OUT at the deadline.
 */
export async function awaitEarlierCreate(
  deps: Deps,
  name: string,
  lookups: Pick<Lookups, 'unfinished'>,
  { deadline, until }: Pick<WaitOptions, 'until'> & { readonly deadline: number },
): Promise<boolean> {
  const { world } = deps;
  const { watcher } = within(deps, deadline);
  const earlier = (await lookups.unfinished()).get(name);
  if (earlier === undefined) return false;
  const now = () => world.now().getTime();
  // If the clock was set back since, the entry lies in the future.
  const end = Math.min(earlier.at.getTime(), now()) + listedWithinMs[until];
  while (now() < end) {
    if (now() >= deadline) throw earlierUnknown(name);
    await world.sleep(Math.min(earlierPauseMs, deadline - now()), world.interrupted);
    const [found] = await watcher.named(name).catch((error: unknown) => {
      throw isPastDeadline(error, deps, deadline) ? earlierUnknown(name) : error;
    });
    if (found !== undefined) throw nameTaken(name, statusOf(found));
  }
  return true;
}

function earlierUnknown(name: string): NubesError {
  return timedOut(
    `an earlier creation of ${name} was interrupted on this computer, and its VM may still appear. No request was sent`,
    'run the same command with a longer --timeout',
  );
}
