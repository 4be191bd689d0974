import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { ApiError, ConnectionError, isStatus } from '../openstack/errors.ts';
import { type Service, withDeadline } from '../openstack/service.ts';
import type { World } from '../world.ts';
import { lacksFault, withFault } from './fault.ts';
import { listOwnByName, oldestFirst } from './find.ts';
import { nameOf, notebookTag, type Owner, ownerTag, relationTo } from './identity.ts';
import type { SeenNames } from './seen-names.ts';

/**
 * Reads servers for everything that waits for one. Queries that are pending at the same time share one
 * list of changes, so the number of requests does not grow with the servers; a query that is alone reads
 * only its own server.
 */
export interface ServerWatcher {
  /** The server's state after this call; undefined if it does not exist (any more). */
  readonly server: (
    id: string,
    change?: { readonly beingDeleted: boolean },
  ) => Promise<Server | undefined>;
  /** The owner's servers of this name after this call, oldest first. */
  readonly named: (name: string) => Promise<readonly Server[]>;
  /** The same as last read, without a request. */
  readonly lastNamed: (name: string) => readonly Server[];
  /** The same watcher with requests that end at the deadline (ms since the epoch). */
  readonly within: (deadline: number) => ServerWatcher;
}

export interface ServerWatcherOptions {
  readonly world: Pick<World, 'now' | 'sleep' | 'interrupted'>;
  readonly owner: Owner;
  readonly compute: Service;
  readonly warn: (text: string) => void;
  readonly seen?: SeenNames;
  /** For a batch: queries wait for each other. Otherwise each is sent at once. */
  readonly shared?: boolean;
}

/** The shortest time from one shared list to the next. */
const tickMs = 1_000;
/** How long the first query waits for others. */
const gatherMs = 50;
/** Retries of a query after failures that may pass; the pauses between them double. */
const maxRetries = 4;
/** The clocks of a cloud's hosts differ, so changes are requested from this much earlier. */
const changesOverlapMs = 5_000;
/** One list in this many is complete: Nova drops a deleted server's tags, so no list of changes has it. */
const completeListEvery = 10;

interface Query {
  readonly about:
    | { readonly id: string; readonly beingDeleted: boolean }
    | { readonly name: string };
  readonly deadline: number;
  readonly resolve: (found: Server[]) => void;
  readonly reject: (error: unknown) => void;
  readonly retries: number;
}

/** The poller: collects queries, answers them a tick at a time, and repeats those that failed. */
export function openServerWatcher(options: ServerWatcherOptions): ServerWatcher {
  const { world, shared = false } = options;
  const cache = openServerCache(options);
  let pending: Query[] = [];
  let isPolling = false;
  let lastPoll = Number.NEGATIVE_INFINITY;

  /** One failed list would otherwise fail every notebook of a batch. */
  const retryOrReject = (query: Query, error: unknown) => {
    const isLate = world.now().getTime() >= query.deadline || world.interrupted.aborted;
    const retries = shared && !isLate && query.retries < maxRetries && mayPass(error);
    if (retries) pending.push({ ...query, retries: query.retries + 1 });
    else query.reject(error);
  };

  const pollPending = async () => {
    isPolling = true;
    while (pending.length > 0) {
      const retries = Math.max(...pending.map((query) => query.retries));
      const pauseMs = Math.max(lastPoll + tickMs * 2 ** retries - world.now().getTime(), gatherMs);
      // After an interruption the requests themselves fail with it.
      if (shared) await world.sleep(pauseMs, world.interrupted).catch(() => {});
      const queries = pending;
      pending = [];
      lastPoll = world.now().getTime();
      await answerAll(options, cache, queries, retryOrReject);
    }
    isPolling = false;
  };

  const send = (about: Query['about'], deadline: number) =>
    new Promise<Server[]>((resolve, reject) => {
      pending.push({ about, deadline, resolve, reject, retries: 0 });
      if (!isPolling) void pollPending();
    });
  const watcherUntil = (deadline: number): ServerWatcher => ({
    server: async (id, { beingDeleted } = { beingDeleted: false }) =>
      (await send({ id, beingDeleted }, deadline))[0],
    named: (name) => send({ name }, deadline),
    lastNamed: cache.named,
    within: (end) => watcherUntil(Math.min(end, deadline)),
  });
  return watcherUntil(Number.POSITIVE_INFINITY);
}

/** Whether the service or the connection may work again in a moment. */
function mayPass(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.code !== 'TLS_UNTRUSTED';
  return error instanceof ApiError && (error.code === 'SERVICE_ERROR' || error.status === 429);
}

async function answerAll(
  options: ServerWatcherOptions,
  cache: ServerCache,
  queries: readonly Query[],
  failed: (query: Query, error: unknown) => void,
): Promise<void> {
  const end = Math.max(...queries.map(({ deadline }) => deadline));
  const compute = Number.isFinite(end) ? withDeadline(options.compute, end) : options.compute;
  const isAlone = queries.length === 1;
  const isComplete = queries.some((query) => needsCompleteList(cache, query));
  const listed = isAlone ? Promise.resolve() : cache.refresh(compute, isComplete);
  const answer = async (query: Query) => {
    await listed;
    const found =
      (isAlone ? undefined : answerFromCache(cache, query)) ??
      (await answerAlone({ ...options, compute }, cache, query));
    return Promise.all(found.map((server) => complete(compute, cache, server)));
  };
  await Promise.all(
    queries.map((query) =>
      answer(query).then(query.resolve, (error: unknown) => failed(query, error)),
    ),
  );
}

/** Lists lack some faults; each is read once. */
async function complete(compute: Service, cache: ServerCache, server: Server): Promise<Server> {
  const known = cache.withKnownFault(server);
  if (!lacksFault(known)) return known;
  const completed = await withFault(compute, known);
  cache.update(completed);
  return completed;
}

/** A list of changes has neither deleted servers nor an address that was added late. */
function needsCompleteList(cache: ServerCache, { about }: Query): boolean {
  if ('name' in about) return false;
  const server = cache.get(about.id);
  return about.beingDeleted || (server?.status === 'ACTIVE' && server.addresses.length === 0);
}

/** Undefined for a server that no list has shown yet. */
function answerFromCache(cache: ServerCache, { about }: Query): Server[] | undefined {
  if ('name' in about) return cache.named(about.name);
  const server = cache.get(about.id);
  return server === undefined ? undefined : [server];
}

async function answerAlone(
  options: Pick<ServerWatcherOptions, 'owner' | 'compute' | 'warn' | 'seen'>,
  cache: ServerCache,
  { about }: Query,
): Promise<Server[]> {
  const found =
    'name' in about
      ? await listOwnByName(options, about.name)
      : await showOne(options.compute, about.id);
  for (const server of found) cache.update(server);
  return found;
}

async function showOne(compute: Service, id: string): Promise<Server[]> {
  try {
    return [await servers.show(compute, id)];
  } catch (error) {
    if (isStatus(error, 404)) return [];
    throw error;
  }
}

/** The cache: the owner's servers as the lists so far have shown them. */
interface ServerCache {
  readonly get: (id: string) => Server | undefined;
  readonly named: (name: string) => Server[];
  readonly update: (server: Server) => void;
  readonly withKnownFault: (server: Server) => Server;
  readonly refresh: (compute: Service, isComplete: boolean) => Promise<void>;
}

function openServerCache({
  owner,
  seen,
}: Pick<ServerWatcherOptions, 'owner' | 'seen'>): ServerCache {
  const known = new Map<string, Server>();
  const faults = new Map<string, Server['fault']>();
  const tags = [notebookTag, ownerTag(owner.name)];
  let since: Date | undefined;
  let lists = 0;

  const withKnownFault = (server: Server) =>
    lacksFault(server) ? { ...server, fault: faults.get(server.id) ?? null } : server;
  const update = (server: Server) => {
    if (server.fault !== null) faults.set(server.id, server.fault);
    const exists = relationTo(owner, server) === 'mine' && server.status !== 'DELETED';
    if (exists) {
      known.set(server.id, withKnownFault(server));
      seen?.server(server);
    } else known.delete(server.id);
  };
  return {
    get: (id) => known.get(id),
    named: (name) =>
      [...known.values()].filter((server) => nameOf(server) === name).sort(oldestFirst),
    update,
    withKnownFault,
    refresh: async (compute, isComplete) => {
      const changesSince = isComplete || lists % completeListEvery === 0 ? undefined : since;
      const listed = await servers.list(compute, { tags, userId: owner.id, changesSince });
      if (changesSince === undefined) known.clear();
      for (const server of listed.servers) update(server);
      since =
        listed.at === undefined ? undefined : new Date(listed.at.getTime() - changesOverlapMs);
      lists += 1;
    },
  };
}
