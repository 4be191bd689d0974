import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { readText } from '../../ssh/shared-file.ts';
import type { World } from '../../world.ts';
import { nameOf, type Owner, requestOf } from '../identity.ts';

/**
 * A creation as this computer did it: intended before Nova is asked, how it ended, and whether somebody
 * was told of it, of its end where it was waited for.
 */
export interface JournalEntry {
  readonly event:
    | 'intended'
    | 'created'
    | 'refused'
    | 'unknown'
    | 'removed-twin'
    | 'told'
    | 'waited';
  readonly request: string;
  readonly name: string;
  readonly id?: string;
  /** What it was waited for. */
  readonly goal?: 'accepted' | 'running' | 'ready';
}

export type Journal = (entry: JournalEntry) => Promise<void>;

/** Whose creations are noted, and where. */
interface JournalOptions {
  readonly stateFolder: string;
  readonly world: Pick<World, 'now'>;
  readonly project: { readonly id: string };
  readonly owner: Owner;
}

const rotateAbove = 1024 * 1024;

/** `journal.ndjson` in the state folder, 0600; throws CONFIGURATION. Lines are short, so parallel commands' appends never mix. */
export function openJournal({ stateFolder, world, project, owner }: JournalOptions): Journal {
  const whose = { project: project.id, owner: owner.name };
  const file = join(stateFolder, 'journal.ndjson');
  const append = async (entry: JournalEntry) => {
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > rotateAbove) await rename(file, `${file}.1`).catch(unlessGone);
    const line = JSON.stringify({ at: world.now().toISOString(), ...entry, ...whose });
    await appendFile(file, `${line}\n`, { mode: 0o600 });
  };
  // One at a time: of two that rotate, the second would put the new file over the old one.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (entry: JournalEntry): Promise<void> => {
    const written = turn.then(() => append(entry));
    turn = written.catch(() => {});
    return written;
  };
  return (entry) =>
    inTurn(entry).catch((error: NodeJS.ErrnoException) => {
      throw new NubesError(
        'CONFIGURATION',
        `The journal ${file} cannot be written (${error.code ?? 'unknown reason'}).`,
        { hint: 'make the folder writable, or set XDG_STATE_HOME to one that is' },
      );
    });
}

/** Another process may have rotated it a moment ago. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** A creation of which nobody was told, and when it was last heard of. */
export interface UnfinishedCreate {
  readonly request: string;
  readonly at: Date;
}

/** The owner's creations in a project of which nobody was told, by name; the newest of each name. */
export async function unfinishedCreates(
  stateFolder: string,
  project: string,
  owner: string,
): Promise<ReadonlyMap<string, UnfinishedCreate>> {
  const open = new Map<string, UnfinishedCreate>();
  for (const entry of entriesIn(stateFolder)) {
    if (entry.project !== project || entry.owner !== owner) continue;
    const { event, name, request } = entry;
    const isLatest = open.get(name)?.request === request;
    const goesOn = event === 'created' || event === 'unknown';
    if (event === 'intended' || (goesOn && isLatest)) {
      open.set(name, { request, at: new Date(entry.at) });
    } else if (isLatest) open.delete(name);
  }
  return open;
}

/** A creation of this computer. */
export interface CreateRecord {
  /** The server's, where it is known. */
  readonly id: string | undefined;
  /** Somebody was told of it. */
  readonly isTold: boolean;
}

/** The owner's creations in a project that may have made a server, by request. */
export function createRecords(
  stateFolder: string,
  project: string,
  owner: string,
): ReadonlyMap<string, CreateRecord> {
  const creations = new Map<string, CreateRecord>();
  for (const { event, request, id, goal, ...whose } of entriesIn(stateFolder)) {
    if (whose.project !== project || whose.owner !== owner) continue;
    // Versions that noted no goal did not note either that all was done.
    if (event === 'intended' && goal !== undefined) {
      creations.set(request, { id: undefined, isTold: false });
    } else if (event === 'created' && creations.has(request)) {
      creations.set(request, { id, isTold: false });
    } else if (event === 'waited' || event === 'told') creations.set(request, { id, isTold: true });
    else if (event === 'refused' || event === 'removed-twin') creations.delete(request);
  }
  return creations;
}

/** Notes that waiting for a notebook has come to its end. Where it cannot be noted, a rerun waits once more. */
export async function recordCompleted(journal: Journal, server: Server): Promise<void> {
  await noteEnd(journal, 'waited', journalRef(server));
}

/** Notes that somebody hears of a creation, whatever became of waiting for it. */
export async function recordReported(journal: Journal, made: MadeVm): Promise<void> {
  await noteEnd(journal, 'told', made);
}

/** Notes that there is nothing left of a creation. */
export async function recordRemoved(journal: Journal, made: MadeVm): Promise<void> {
  await noteEnd(journal, 'removed-twin', made);
}

type MadeVm = Required<Pick<JournalEntry, 'name' | 'id' | 'request'>>;

/** What a creation has made, as the journal names it. */
export function journalRef(server: Server): MadeVm {
  return { name: nameOf(server), id: server.id, request: requestOf(server) };
}

async function noteEnd(
  journal: Journal,
  event: JournalEntry['event'],
  { name, id, request }: MadeVm,
): Promise<void> {
  await journal({ event, request, name, id }).catch(() => {});
}

/** The requests of creations that were to be waited for until ready, and have not been; `seen`: servers seen ready. */
export function awaitedRequests(
  stateFolder: string,
  seen: ReadonlySet<string>,
): ReadonlySet<string> {
  const awaited = new Set<string>();
  for (const { event, goal, request, id } of entriesIn(stateFolder)) {
    if (goal === 'ready') awaited.add(request);
    if (event === 'waited' || (id !== undefined && seen.has(id))) awaited.delete(request);
  }
  return awaited;
}

function entriesIn(stateFolder: string) {
  const file = join(stateFolder, 'journal.ndjson');
  const lines = `${readText(`${file}.1`)}${readText(file)}`.split('\n');
  return lines.flatMap((line) => entryIn(line) ?? []);
}

/** An entry as its line has it. */
interface Line extends JournalEntry {
  readonly at: string;
  readonly project: string;
  readonly owner: string;
}

/** A line that a full disk cut short is no entry. */
function entryIn(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
