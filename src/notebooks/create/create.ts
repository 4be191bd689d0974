import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { ActionResult } from '../actions.ts';
import type { Deps } from '../deps.ts';
import { deletedMeanwhile, lostRace, NotebookError, notReadyInTime, VmGone } from '../errors.ts';
import { oldestFirst } from '../find.ts';
import { wantsFloatingIp } from '../https/certificate.ts';
import { nameOf } from '../identity.ts';
import { urlToTell } from '../jupyter/token-url.ts';
import { checkName } from '../name.ts';
import { waitUntilReady } from '../readiness/wait-until-ready.ts';
import { type Readiness, toReachedNotebook } from '../view.ts';
import {
  deadlineOf,
  isPastDeadline,
  type OnProgress,
  resumable,
  type WaitOptions,
  within,
} from '../waiting.ts';
import { completeAndClean, orphanedDuplicates, yieldToOlder } from './duplicates.ts';
import { type JournalEntry, recordCompleted, recordRemoved, recordReported } from './journal.ts';
import { keyFileOf, type Lookups, openLookups } from './lookups.ts';
import { type CreateOptions, type SubmitOptions, type SubmittedServer, submit } from './submit.ts';

/** How to create: what to wait for, and whether the result's URL has the token. */
export interface CreateRunOptions {
  readonly wait: WaitOptions;
  readonly showToken: boolean;
  /** What was looked up before, if it was. */
  readonly lookups?: Lookups | undefined;
}

/** Creates a notebook. Throws NotebookError if it did not get as far as `wait` says. */
export async function create(
  ownDeps: Deps,
  options: CreateOptions,
  { wait, showToken, lookups = openLookups(ownDeps) }: CreateRunOptions,
  onProgress: OnProgress,
): Promise<ActionResult> {
  const name = checkName(options.name);
  const deadline = deadlineOf(ownDeps.world, wait) + (await packagesTimeoutMs(options, wait));
  const { until } = wait;
  const deps = withOptions(ownDeps, options);
  const journal = (entry: JournalEntry) => deps.journal({ ...entry, goal: until });
  const submitOptions = { until, deadline, onProgress };
  const made = await submit({ ...deps, journal }, options, submitOptions, lookups);
  const bound = within(deps, deadline);
  const urlOf = async (server: Server) => (showToken ? urlToTell(deps, server) : undefined);
  let latest: Server | undefined;
  const work = async (): Promise<ActionResult> => {
    const reached = await waitForNew(bound, made, submitOptions, (server) => {
      latest = server;
    });
    const { server } = reached;
    await installCertificate(deps, reached, options, submitOptions);
    if (made.mayBeSecond) await completeAndClean(bound, server, onProgress);
    else await recordCompleted(deps.journal, server);
    const notebook = await toReachedNotebook(deps, reached);
    return { result: 'created', notebook, url: await urlOf(server) };
  };
  const resume = {
    message: `Stopped waiting; ${name} is still being created.`,
    hint: `nubes-nb start ${name} (or nubes-nb delete ${name})`,
  };
  return resumable(deps.world, resume, () =>
    work().catch(async (error: unknown) => {
      await (error instanceof VmGone ? recordRemoved : recordReported)(deps.journal, made);
      if (!(error instanceof NotebookError) || latest === undefined) throw error;
      const url = await urlOf(latest);
      throw url === undefined ? error : new NotebookError({ ...error.notebook, url }, error);
    }),
  );
}

/** Milliseconds for installing packages, unless the user chose the time-out. */
async function packagesTimeoutMs(
  { requirements = [] }: CreateOptions,
  { isDefault = false, until }: WaitOptions,
): Promise<number> {
  if (requirements.length === 0 || !isDefault || until !== 'ready') return 0;
  const { installationLimit } = await import('../first-boot/packages.ts');
  return installationLimit * 1_000;
}

/**
 * Nova counts whole seconds, so a twin of the same second may still come and be the older one by its
 * id. Whoever waits for more looks again anyway; whoever does not looks once, after that second.
 */
const twinWindow = 1_200;

async function waitForNew(
  deps: Deps,
  made: SubmittedServer,
  { until, deadline, onProgress }: SubmitOptions,
  onRead: (server: Server) => void,
): Promise<Readiness> {
  const { name } = made;
  const look = async () => {
    const server = await oursOrGiveWay(deps, made);
    onRead(server);
    return server;
  };
  if (until === 'accepted') await deps.world.sleep(twinWindow, deps.world.interrupted);
  const first = await look().catch((error: unknown) => {
    throw isPastDeadline(error, deps, deadline) ? notReadyInTime(name) : error;
  });
  if (until !== 'accepted') {
    const ready = { until, deadline, onProgress, look, floatingIp: true };
    return waitUntilReady(deps, first, ready);
  }
  if (wantsFloatingIp(first, deps.settings.notebook)) {
    deps.warn(
      `${name} gets its floating IP from nubes-nb start ${name}, which waits for its port.`,
    );
  }
  return { server: first };
}

/** The site's certificate comes once Jupyter is up with its own: Nova never gets the key. */
async function installCertificate(
  deps: Deps,
  reached: Readiness,
  { certificate, asks }: CreateOptions,
  { deadline, onProgress }: SubmitOptions,
): Promise<void> {
  if (certificate === undefined) return;
  const { server, jupyter } = reached;
  if (jupyter !== 'ready') {
    const name = nameOf(server);
    deps.warn(`${name} signs its certificate itself until nubes-nb certify ${name} is run.`);
    return;
  }
  const { putCertificate } = await import('../https/install-certificate.ts');
  try {
    await putCertificate(deps, server, { certificate, asks, deadline }, onProgress);
  } catch (error) {
    if (!(error instanceof NubesError) || deps.world.interrupted.aborted) throw error;
    throw new NotebookError(await toReachedNotebook(deps, reached), error);
  }
}

/** What is wished for this notebook stands in for the settings, also in the tunnel that is printed. */
function withOptions(deps: Deps, wish: CreateOptions): Deps {
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
