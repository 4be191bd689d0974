import { constants } from 'node:fs';
import { appendFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOwnFile } from '../bounded-file.ts';
import { unwritable } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { parsedLines } from '../ssh/shared-file.ts';
import type { World } from '../world.ts';
import { nameOf, type Owner, requestOf } from './identity.ts';

/** A step of a create on this computer. A create without `reported` or `completed` is unfinished. */
export interface JournalEntry {
  readonly event: JournalEvent;
  readonly request: string;
  readonly name: string;
  readonly id?: string;
  /** Nova's id of the request, for its operators. */
  readonly requestId?: string | undefined;
  /** What the command waits for; `goal` in the file. */
  readonly until?: 'accepted' | 'running' | 'ready' | undefined;
}

/**
 * `requested`: the request is about to be sent. `created`, `refused`, `unknown`: what Nova did with it.
 * `reported`: the user has been given the VM, or the reason why waiting for it failed. `completed`: the
 * wait has ended as requested. `removed-duplicate`: Nova has accepted the VM's deletion, or it is gone.
 */
type JournalEvent =
  | 'requested'
  | 'created'
  | 'refused'
  | 'unknown'
  | 'reported'
  | 'completed'
  | 'removed-duplicate';

/** How development versions spelled some events. Their files are still read. */
const oldSpellings: ReadonlyMap<string, JournalEvent> = new Map([
  ['intended', 'requested'],
  ['told', 'reported'],
  ['waited', 'completed'],
  ['removed-twin', 'removed-duplicate'],
]);

/** Nova has accepted an action on a VM; not a step of a create, so it has no `request`. */
export interface ActionEntry extends Omit<JournalEntry, 'event' | 'request'> {
  readonly event: 'started' | 'stopped' | 'restarted' | 'deleted';
}

export type Journal = (entry: JournalEntry | ActionEntry) => Promise<void>;

/** Whose creates are recorded, and where. */
interface JournalOptions {
  readonly stateFolder: string;
  readonly world: Pick<World, 'now'>;
  readonly project: { readonly id: string };
  readonly owner: Owner;
}

const maxJournalBytes = 1024 * 1024;

/** `journal.ndjson` in the state folder, 0600; throws CONFIGURATION. Lines are short, so parallel commands' appends never mix. */
export function openJournal({ stateFolder, world, project, owner }: JournalOptions): Journal {
  const whose = { project: project.id, owner: owner.name };
  const file = join(stateFolder, 'journal.ndjson');
  const append = async (lines: readonly string[]) => {
    await makeFolder(stateFolder, 0o700);
    checkOwnFile(file);
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > maxJournalBytes) await rename(file, `${file}.1`).catch(ignoreMissing);
    await appendFile(file, lines.join(''), { mode: 0o600, flag: appendFlags });
  };
  // One at a time: a second rotation would put the new file over the old one.
  let previous: Promise<unknown> = Promise.resolve();
  /** Lines that arrive during an append are written by the next one together. */
  let next: { readonly lines: string[]; readonly written: Promise<void> } | undefined;
  const appendInOrder = ({ until: goal, ...entry }: JournalEntry | ActionEntry): Promise<void> => {
    const at = world.now().toISOString();
    const line = `${JSON.stringify({ at, ...entry, goal, ...whose })}\n`;
    if (next !== undefined) {
      next.lines.push(line);
      return next.written;
    }
    const lines = [line];
    const written = previous.then(() => {
      next = undefined;
      return append(lines);
    });
    next = { lines, written };
    previous = written.catch(() => {});
    return written;
  };
  return (entry) =>
    appendInOrder(entry).catch((error: unknown) => {
      throw unwritable(`The journal ${file}`, error, 'XDG_STATE_HOME');
    });
}

/** Windows has no O_NOFOLLOW. */
const appendFlags =
  constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

/** Another process may have rotated it a moment ago. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** A create without a known end, and when its last event was recorded. */
export interface UnfinishedCreate {
  readonly request: string;
  readonly at: Date;
}

/** The owner's unfinished creates in a project, by name; the newest of each name. */
export async function unfinishedCreates(
  stateFolder: string,
  project: string,
  owner: string,
): Promise<ReadonlyMap<string, UnfinishedCreate>> {
  const unfinished = new Map<string, UnfinishedCreate>();
  for (const entry of readEntries(stateFolder)) {
    if (entry.project !== project || entry.owner !== owner) continue;
    const { event, name, request } = entry;
    const isLatest = unfinished.get(name)?.request === request;
    const isPending = event === 'created' || event === 'unknown';
    if (event === 'requested' || (isPending && isLatest)) {
      unfinished.set(name, { request, at: new Date(entry.at) });
    } else if (isLatest) unfinished.delete(name);
  }
  return unfinished;
}

/** A create on this computer that may have made a server. */
export interface CreateRecord {
  /** The server's; undefined if Nova's response was lost or is still missing. */
  readonly id: string | undefined;
  /** The user has been given the VM. */
  readonly isReported: boolean;
  /** Nova has accepted its deletion. */
  readonly isRemoved: boolean;
}

/** The owner's creates in a project that may have made a server, by request. */
export function createRecords(
  stateFolder: string,
  project: string,
  owner: string,
): ReadonlyMap<string, CreateRecord> {
  const records = new Map<string, CreateRecord>();
  for (const entry of readEntries(stateFolder)) {
    if (entry.project !== project || entry.owner !== owner) continue;
    const { event, request, id, until } = entry;
    // Versions that did not record it did not record the end of a create either.
    if (event === 'requested' && until !== undefined) {
      records.set(request, { id: undefined, isReported: false, isRemoved: false });
    } else if (event === 'created' && records.has(request)) {
      records.set(request, { id, isReported: false, isRemoved: false });
    } else if (event === 'completed' || event === 'reported') {
      records.set(request, { id, isReported: true, isRemoved: false });
    } else if (event === 'removed-duplicate' && records.has(request)) {
      records.set(request, { id, isReported: false, isRemoved: true });
    } else if (event === 'refused') records.delete(request);
  }
  return records;
}

/** Records that the wait has ended as requested. If that fails, a rerun waits again. */
export async function recordCompleted(journal: Journal, server: Server): Promise<void> {
  await recordEnd(journal, 'completed', journalRef(server));
}

/** Records that the user has been given the VM, whether waiting for it succeeded or not. */
export async function recordReported(journal: Journal, made: MadeVm): Promise<void> {
  await recordEnd(journal, 'reported', made);
}

/** Records that the VM of a create is gone, or will be. */
export async function recordRemoved(journal: Journal, made: MadeVm): Promise<void> {
  await recordEnd(journal, 'removed-duplicate', made);
}

type MadeVm = Required<Pick<JournalEntry, 'name' | 'id' | 'request'>>;

/** The VM of a create, as journal entries refer to it. */
export function journalRef(server: Server): MadeVm {
  return { name: nameOf(server), id: server.id, request: requestOf(server) };
}

async function recordEnd(
  journal: Journal,
  event: JournalEvent,
  { name, id, request }: MadeVm,
): Promise<void> {
  await journal({ event, request, name, id }).catch(() => {});
}

/** The requests of creates that wait for `ready` and have not seen it; `readyServers`: ids of servers seen ready. */
export function awaitedRequests(
  stateFolder: string,
  readyServers: ReadonlySet<string>,
): ReadonlySet<string> {
  const awaited = new Set<string>();
  for (const { event, until, request, id } of readEntries(stateFolder)) {
    if (until === 'ready') awaited.add(request);
    if (event === 'completed' || (id !== undefined && readyServers.has(id))) {
      awaited.delete(request);
    }
  }
  return awaited;
}

/** An entry with what `openJournal` adds to it. */
export type Recorded<Entry> = Entry & {
  readonly at: string;
  readonly project: string;
  readonly owner: string;
};

function readEntries(stateFolder: string): readonly Recorded<JournalEntry>[] {
  return allEntries(stateFolder).filter((entry) => 'request' in entry);
}

/** Of every login, oldest first. */
export function allEntries(stateFolder: string): readonly Recorded<JournalEntry | ActionEntry>[] {
  const file = join(stateFolder, 'journal.ndjson');
  return [...readJournal(`${file}.1`), ...readJournal(file)];
}

const readJournal = parsedLines(parseEntry);

/** Undefined for a line that a full disk cut short. In the file `until` is `goal`. */
function parseEntry(line: string): Recorded<JournalEntry | ActionEntry> | undefined {
  try {
    const { goal, event, ...entry } = JSON.parse(line);
    return { ...entry, event: oldSpellings.get(event) ?? event, until: goal };
  } catch {
    return undefined;
  }
}
