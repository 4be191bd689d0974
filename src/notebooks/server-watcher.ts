import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { ApiError, ConnectionError, isStatus } from '../openstack/errors.ts';
import { type Service, withDeadline } from '../openstack/service.ts';
import type { World } from '../world.ts';
import { listOwnByName, oldestFirst } from './find.ts';
import { nameOf, notebookTag, type Owner, ownerTag, relationTo } from './identity.ts';

/**
 * Sees servers for everybody who waits for one. Those who ask in the same moment share one list of
 * what has changed, so the requests do not grow with the servers; whoever asks alone gets an answer
 * about that one.
 */
export interface ServerWatcher {
  /** The server as it is after this call; undefined: there is none (any more). */
  readonly server: (
    id: string,
    change?: { readonly beingDeleted: boolean },
  ) => Promise<Server | undefined>;
  /** The owner's servers of this name after this call, oldest first. */
  readonly named: (name: string) => Promise<readonly Server[]>;
  /** The same as they were last seen, without a request. */
  readonly lastNamed: (name: string) => readonly Server[];
  /** The same, none of whose answers is waited for beyond the deadline (ms since the epoch). */
  readonly within: (deadline: number) => ServerWatcher;
}

export interface ServerWatcherOptions {
  readonly world: Pick<World, 'now' | 'sleep' | 'interrupted'>;
  readonly owner: Owner;
  readonly compute: Service;
  readonly warn: (text: string) => void;
  /** Many ask, so they wait for each other; if left out, every question is asked at once. */
  readonly shared?: boolean;
}

interface Question {
  readonly about:
    | { readonly id: string; readonly beingDeleted: boolean }
    | { readonly name: string };
  readonly deadline: number;
  readonly answer: (found: Server[]) => void;
  readonly fail: (error: unknown) => void;
  /** How often it was asked in vain. */
  readonly misses: number;
}

/** Between the beginnings of two looks that are shared, in ms. */
const tick = 1_000;
/** How long the first who asks waits for others, in ms. */
const gathering = 50;
/** Changes are asked for from a little earlier: clocks of a cloud's parts differ. */
const overlap = 5_000;
/** So often a question is asked again that a failing service left open; the pauses between double. */
const mostMisses = 4;
/** Every so many lists is whole: a deleted server is in no list of changes, as Nova drops its tags. */
const wholeEvery = 10;

export function openServerWatcher(options: ServerWatcherOptions): ServerWatcher {
  const { world, shared = false } = options;
  const known = openReading(options);
  let questions: Question[] = [];
  let looking = false;
  let last = Number.NEGATIVE_INFINITY;

  /** Many wait for one list, so its failure is not theirs at once. */
  const missed = (question: Question, error: unknown) => {
    const isLate = world.now().getTime() >= question.deadline || world.interrupted.aborted;
    const again = shared && !isLate && question.misses < mostMisses && mayPass(error);
    if (again) questions.push({ ...question, misses: question.misses + 1 });
    else question.fail(error);
  };

  const look = async () => {
    looking = true;
    while (questions.length > 0) {
      const misses = Math.max(...questions.map((question) => question.misses));
      const pause = Math.max(last + tick * 2 ** misses - world.now().getTime(), gathering);
      // Interrupted: the requests themselves say so.
      if (shared) await world.sleep(pause, world.interrupted).catch(() => {});
      const asked = questions;
      questions = [];
      last = world.now().getTime();
      await known.answer(asked, missed);
    }
    looking = false;
  };
  const ask = (about: Question['about'], deadline: number) =>
    new Promise<Server[]>((answer, fail) => {
      questions.push({ about, deadline, answer, fail, misses: 0 });
      if (!looking) void look();
    });
  const until = (deadline: number): ServerWatcher => ({
    server: async (id, { beingDeleted } = { beingDeleted: false }) =>
      (await ask({ id, beingDeleted }, deadline))[0],
    named: (name) => ask({ name }, deadline),
    lastNamed: known.named,
    within: (end) => until(Math.min(end, deadline)),
  });
  return until(Number.POSITIVE_INFINITY);
}

/** A service that fails, or a connection that breaks, may do better in a moment. */
function mayPass(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.code !== 'TLS_UNTRUSTED';
  return error instanceof ApiError && (error.code === 'SERVICE_ERROR' || error.status === 429);
}

/** What the answers so far have told. */
function openReading({ owner, compute: anyTime, warn }: ServerWatcherOptions) {
  const found = new Map<string, Server>();
  let since: Date | undefined;
  let lists = 0;

  const named = (name: string) =>
    [...found.values()].filter((server) => nameOf(server) === name).sort(oldestFirst);

  const writeLocal = (server: Server) => {
    const here = relationTo(owner, server) === 'mine' && server.status !== 'DELETED';
    if (here) found.set(server.id, server);
    else found.delete(server.id);
  };

  const read = async (compute: Service, whole: boolean) => {
    const tags = [notebookTag, ownerTag(owner.name)];
    const changesSince = whole || since === undefined ? undefined : since;
    const listed = await servers.list(compute, { tags, userId: owner.id, changesSince });
    if (changesSince === undefined) found.clear();
    for (const server of listed.servers) writeLocal(server);
    since = listed.at === undefined ? undefined : new Date(listed.at.getTime() - overlap);
    lists += 1;
  };

  /** A list of changes does not tell what has gone, nor an address that came late. */
  const needsWhole = ({ about }: Question) => {
    if ('name' in about) return false;
    const server = found.get(about.id);
    return about.beingDeleted || (server?.status === 'ACTIVE' && server.addresses.length === 0);
  };

  const answerOne = async (compute: Service, question: Question): Promise<Server[]> => {
    const seen = await askOne(compute, question);
    for (const server of seen) writeLocal(server);
    return seen;
  };

  const askOne = async (compute: Service, { about }: Question): Promise<Server[]> => {
    if ('name' in about) return listOwnByName({ owner, compute, warn }, about.name);
    return servers.show(compute, about.id).then(
      (server) => [server],
      (error: unknown) => {
        if (isStatus(error, 404)) return [];
        throw error;
      },
    );
  };

  const answerFromLists = async (compute: Service, question: Question): Promise<Server[]> => {
    const { about } = question;
    if ('name' in about) return named(about.name);
    const server = found.get(about.id);
    return server === undefined ? answerOne(compute, question) : [server];
  };

  const answer = async (
    questions: readonly Question[],
    missed: (question: Question, error: unknown) => void,
  ) => {
    const end = Math.max(...questions.map(({ deadline }) => deadline));
    const compute = Number.isFinite(end) ? withDeadline(anyTime, end) : anyTime;
    const [first] = questions;
    const alone = questions.length === 1 && first !== undefined;
    const whole = lists % wholeEvery === 0 || questions.some(needsWhole);
    const listed = alone ? Promise.resolve() : read(compute, whole);
    await Promise.all(
      questions.map((question) =>
        listed
          .then(() => (alone ? answerOne : answerFromLists)(compute, question))
          .then(question.answer, (error: unknown) => missed(question, error)),
      ),
    );
  };

  return { named, answer };
}
