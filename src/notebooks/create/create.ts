import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { isTimeUp, within } from '../deadline.ts';
import type { Deps } from '../deps.ts';
import { deletedMeanwhile, lostRace, VmGone } from '../errors.ts';
import { oldestFirst } from '../find.ts';
import { wantsFloatingIp } from '../https/certificate.ts';
import { nameOf } from '../identity.ts';
import { urlToTell } from '../jupyter/token-url.ts';
import { checkName } from '../name.ts';
import { type ActionResult, actionResult, type Readiness } from '../outcome.ts';
import type { OnProgress, Wait } from '../patience.ts';
import { timeUp, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { watching } from '../waiting.ts';
import { completeAndClean, orphanedDuplicates, yieldToOlder } from './duplicates.ts';
import { type JournalEntry, recordCompleted, recordRemoved, recordReported } from './journal.ts';
import { keyFileOf, type Lookups, openLookups } from './lookups.ts';
import { type CreateOptions, type SubmittedServer, submit } from './submit.ts';

/** A new notebook. */
export interface Created extends ActionResult {
  /** Its URL, with the token where that can be told; null for a direct notebook without an address. */
  readonly url: string | null;
}

/** Creates a notebook and waits for as much as is wanted. */
export async function create(
  ownDesk: Deps,
  wish: CreateOptions,
  wait: Wait,
  onProgress: OnProgress,
  lookups: Lookups = openLookups(ownDesk),
): Promise<Created> {
  const name = checkName(wish.name);
  const deps = asWished(ownDesk, wish);
  const journal = (entry: JournalEntry) => deps.journal({ ...entry, goal: wait.goal });
  const made = await submit({ ...deps, journal }, wish, { ...wait, onProgress }, lookups);
  const words = {
    message: `Stopped watching; ${name} goes on being built.`,
    hint: `nubes-nb start ${name} waits until it is ready; nubes-nb delete ${name} removes it.`,
  };
  const work = async () => {
    const up = await followNew(within(deps, wait.deadline), made, wait, onProgress);
    const reached = await withCertificate(deps, up, wish, wait, onProgress);
    const { server, failure } = reached;
    if (failure !== undefined) await recordReported(deps.journal, made);
    else if (made.mayBeSecond)
      await completeAndClean(within(deps, wait.deadline), server, onProgress);
    else await recordCompleted(deps.journal, server);
    const outcome = await actionResult(deps, reached);
    return { ...outcome, url: await urlToTell(deps, server) };
  };
  return watching(deps.world, words, () =>
    work().catch(async (error: unknown) => {
      await (error instanceof VmGone ? recordRemoved : recordReported)(deps.journal, made);
      throw error;
    }),
  );
}

/**
 * Nova counts whole seconds, so a twin of the same second may still come and be the older one by its
 * id. Whoever waits for more looks again anyway; whoever does not looks once, after that second.
 */
const twinWindow = 1_200;

async function followNew(
  deps: Deps,
  made: SubmittedServer,
  { goal, deadline }: Wait,
  onProgress: OnProgress,
): Promise<Readiness> {
  const { name } = made;
  const look = () => oursOrGiveWay(deps, made);
  if (goal === 'accepted') await deps.world.sleep(twinWindow, deps.world.interrupted);
  const first = await look().catch((error: unknown) => {
    throw isTimeUp(error, deps, deadline) ? timeUp(name) : error;
  });
  if (goal === 'accepted') {
    if (wantsFloatingIp(first, deps.settings.notebook)) {
      deps.warn(
        `${name} gets its floating IP from nubes-nb start ${name}, which waits for its port.`,
      );
    }
    return { server: first };
  }
  const reached = await waitUntilReady(deps, first, {
    goal,
    deadline,
    onProgress,
    look,
    floatingIp: true,
  });
  if (reached.failure instanceof VmGone) throw reached.failure;
  return reached;
}

/** The site's certificate comes once Jupyter is up with its own: Nova is not told the key. */
async function withCertificate(
  deps: Deps,
  reached: Readiness,
  { certificate, asks }: CreateOptions,
  { deadline }: Wait,
  onProgress: OnProgress,
): Promise<Readiness> {
  if (certificate === undefined) return reached;
  const { server } = reached;
  const name = nameOf(server);
  if (reached.jupyter !== 'ready') {
    deps.warn(`${name} signs its certificate itself until nubes-nb certify ${name} is run.`);
    return reached;
  }
  const { putCertificate } = await import('../https/install-certificate.ts');
  try {
    await putCertificate(deps, server, { certificate, asks, deadline }, onProgress);
    return reached;
  } catch (error) {
    if (!(error instanceof NubesError) || deps.world.interrupted.aborted) throw error;
    return { ...reached, failure: error };
  }
}

/** What is wished for this notebook stands in for the settings, also in the tunnel that is printed. */
function asWished(deps: Deps, wish: CreateOptions): Deps {
  const { notebook } = deps.settings;
  const own = {
    keyFile: keyFileOf(deps.world.cwd, wish) ?? notebook.keyFile,
    access: wish.access ?? notebook.access,
    expires: wish.expires ?? notebook.expires,
    idleTimeout: wish.idleTimeout ?? notebook.idleTimeout,
  };
  return { ...deps, settings: { ...deps.settings, notebook: { ...notebook, ...own } } };
}

/**
 * Our server among those of its name. Two shells may have raced on the name; Nova takes both, so the
 * younger one gives way here, at every look.
 */
async function oursOrGiveWay(deps: Deps, made: SubmittedServer): Promise<Server> {
  const { name, id } = made;
  const all = await deps.watcher.named(name);
  const ours = all.find((server) => server.id === id) ?? (await unlisted(deps, made));
  // Another command on this computer may have taken the creation for one that was killed.
  if (ours === undefined) throw all.length > 0 ? lostRace(name) : deletedMeanwhile(name);
  if (await mayBeOutranked(deps, ours, all)) await yieldToOlder(deps, ours);
  return ours;
}

/** By an older one, or by one that somebody here was told of. */
async function mayBeOutranked(deps: Deps, ours: Server, all: readonly Server[]): Promise<boolean> {
  const others = all.filter(({ id }) => id !== ours.id);
  if (others.some((server) => oldestFirst(server, ours) < 0)) return true;
  return (
    others.length > 0 && (await orphanedDuplicates(deps, all)).some(({ id }) => id === ours.id)
  );
}

/** Lists may lag behind. */
async function unlisted({ watcher }: Deps, { id }: SubmittedServer): Promise<Server | undefined> {
  const server = await watcher.server(id);
  return server?.taskState === 'deleting' ? undefined : server;
}
