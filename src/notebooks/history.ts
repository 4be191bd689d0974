import type { Server } from '../openstack/compute/servers.ts';
import { nameOf } from './identity.ts';
import {
  type ActionEntry,
  allEntries,
  type Journal,
  type JournalEntry,
  type Recorded,
} from './journal.ts';

/** What a command on this computer did to a notebook. Fields are only ever added. */
export interface HistoryEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly action: 'create' | 'start' | 'stop' | 'restart' | 'delete' | null;
  readonly name: string;
  /**
   * `requested`: the command ended before Nova answered. `accepted`, `refused`, `unknown`: what Nova did with the request.
   * `done`: the wait has ended as requested. `removed`: the VM was a duplicate.
   */
  readonly result: 'requested' | 'accepted' | 'refused' | 'unknown' | 'done' | 'removed';
  readonly id: string | null;
  /** Nova's, for its operators; null if it sent none, or an earlier version did not record it. */
  readonly requestId: string | null;
  readonly owner: string;
  readonly projectId: string;
}

const actions: Readonly<Record<ActionEntry['event'], HistoryEntry['action']>> = {
  started: 'start',
  stopped: 'stop',
  restarted: 'restart',
  deleted: 'delete',
};

const results: Readonly<Record<JournalEntry['event'], HistoryEntry['result']>> = {
  requested: 'requested',
  created: 'accepted',
  refused: 'refused',
  unknown: 'unknown',
  reported: 'accepted',
  completed: 'done',
  'removed-duplicate': 'removed',
};

/** The newest `max`, oldest first. The steps of a create are one entry, at the time of its request. */
export function readHistory(stateFolder: string, max: number): readonly HistoryEntry[] {
  const entries = new Map<string, HistoryEntry>();
  for (const [index, entry] of allEntries(stateFolder).entries()) {
    if (!isWhole(entry)) continue;
    if ('request' in entry) addStep(entries, entry);
    else if (Object.hasOwn(actions, entry.event)) entries.set(String(index), actionOf(entry));
  }
  return [...entries.values()].slice(-max);
}

/** The file may have been edited, or be of a later version. */
function isWhole({ at, name }: Recorded<JournalEntry | ActionEntry>): boolean {
  return typeof at === 'string' && typeof name === 'string';
}

/** The end of a create whose request is no longer in the journal says nothing. */
function addStep(entries: Map<string, HistoryEntry>, step: Recorded<JournalEntry>): void {
  const { at, request, event, name, owner, project: projectId } = step;
  const known = entries.get(request);
  if (event !== 'requested' && known === undefined) return;
  entries.set(request, {
    at: known?.at ?? at,
    action: 'create',
    ...{ name, owner, projectId },
    result: results[event] ?? known?.result ?? 'unknown',
    id: step.id ?? known?.id ?? null,
    requestId: step.requestId ?? known?.requestId ?? null,
  });
}

function actionOf(entry: Recorded<ActionEntry>): HistoryEntry {
  const { at, event, name, id, requestId, owner, project: projectId } = entry;
  return {
    at,
    action: actions[event],
    ...{ name, owner, projectId },
    result: 'accepted',
    id: id ?? null,
    requestId: requestId ?? null,
  };
}

/** Records that Nova has accepted an action. If that fails, only the history lacks it. */
export async function recordAction(
  journal: Journal,
  event: ActionEntry['event'],
  server: Server,
  requestId: string | undefined,
): Promise<void> {
  await journal({ event, name: nameOf(server), id: server.id, requestId }).catch(() => {});
}
