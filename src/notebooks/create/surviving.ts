import type { Server } from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import type { Deps } from '../deps.ts';
import { oldestFirst } from '../find.ts';
import { requestOf } from '../identity.ts';
import { type CreateRecord, createRecords } from '../journal.ts';
import { knownHostsFile } from '../local-state.ts';
import { isBeingDeleted } from '../status.ts';

/**
 * `unfinished`: a create on this computer made it and has not reported it to the user. `reported`: the
 * user has been given it. `repeated`: Nova has returned another id for its request, so an intermediary has
 * sent the request twice. `removed`: Nova has accepted its deletion. `none`: another computer made it, or
 * the journal has no entry.
 */
type CreateState = 'unfinished' | 'reported' | 'repeated' | 'removed' | 'none';

/** What this computer knows of how a server was created. */
export interface CreateJournal {
  readonly stateOf: (server: Server) => CreateState;
}

/**
 * Of the owner's servers of one name: which keeps the name, and which this computer may delete. One that
 * the user has been given keeps it, else the oldest. A server in ERROR yields only to one of this
 * computer: another computer may have read a list in which it was not in ERROR yet, and have deleted its
 * own. Only a server of an unfinished create, or of a repeated request whose other server is listed, is
 * deleted, so two computers never delete each other's.
 */
export function surviving(
  servers: readonly Server[],
  journal: CreateJournal,
): { readonly keep: Server | undefined; readonly remove: readonly Server[] } {
  const present = servers.filter((server) => !isLeaving(server, journal)).sort(oldestFirst);
  const isRepeat = (server: Server) =>
    journal.stateOf(server) === 'repeated' &&
    present.some(
      (other) => requestOf(other) === requestOf(server) && journal.stateOf(other) !== 'repeated',
    );
  const isRemoved = (server: Server) => journal.stateOf(server) === 'removed';
  const candidates = present.filter((server) => !isRepeat(server) && !isRemoved(server));
  const healthy = candidates.find(({ status }) => status !== 'ERROR');
  const isOurs = healthy !== undefined && journal.stateOf(healthy) !== 'none';
  const keep =
    candidates.find((server) => journal.stateOf(server) === 'reported') ??
    (isOurs ? healthy : candidates[0]);
  const isRemovable = (server: Server) =>
    !server.locked &&
    (journal.stateOf(server) === 'unfinished' || isRepeat(server) || isRemoved(server));
  return { keep, remove: present.filter((server) => server !== keep && isRemovable(server)) };
}

/**
 * Whether it is being deleted. While a host builds a server, it overwrites the task state `deleting` with
 * its own, so what this computer has deleted counts as well, unless the deletion ended in ERROR.
 */
export function isLeaving(server: Server, journal: CreateJournal): boolean {
  if (isBeingDeleted(server)) return true;
  return journal.stateOf(server) === 'removed' && server.status !== 'ERROR';
}

export type JournalPlace = Pick<Deps, 'stateFolder' | 'project' | 'owner'>;

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
    const state = recordedState(records.get(requestOf(server)), server);
    const isPinned = pinned.has(server.id) && server.id !== runningId;
    return isPinned && state !== 'removed' ? 'reported' : state;
  };
  return { stateOf };
}

function recordedState(record: CreateRecord | undefined, { id }: Server): CreateState {
  if (record === undefined) return 'none';
  const isSame = record.id === undefined || record.id === id;
  if (record.isRemoved) return isSame ? 'removed' : 'unfinished';
  if (!isSame) return 'repeated';
  return record.isReported ? 'reported' : 'unfinished';
}
