import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { ActionResult } from '../actions.ts';
import type { Deps } from '../deps.ts';
import { NotebookError, notCreatedInTime, VmGone } from '../errors.ts';
import { nameOf } from '../identity.ts';
import { type Journal, recordCompleted, recordRemoved, recordReported } from '../journal.ts';
import { urlForOutput, withUrl } from '../jupyter/token.ts';
import { checkName } from '../name.ts';
import { type Notebook, type Readiness, toReachedNotebook } from '../notebook.ts';
import {
  deadlineOf,
  isPastDeadline,
  type OnProgress,
  resumable,
  type WaitOptions,
  within,
} from '../waiting.ts';
import { completeAndClean } from './duplicates.ts';
import { type Lookups, openLookups } from './lookups.ts';
import type { CreateOptions } from './options.ts';
import { type OwnWaitOptions, waitForOwn } from './own-server.ts';
import { submit } from './submit.ts';

/** How to create: what to wait for, and whether the result's URL has the token. */
export interface CreateRunOptions {
  readonly wait: WaitOptions;
  readonly showToken: boolean;
  /** Of a batch: shared by all its creates. */
  readonly lookups?: Lookups | undefined;
}

/** What came of it; unlike other actions, always with a notebook. */
export interface CreateResult extends ActionResult {
  readonly notebook: Notebook;
}

/**
 * Sends one request to Nova, waits for the VM, and deletes it again if an older one has the name. Throws
 * NotebookError if the notebook exists but did not get as far as `wait` says.
 */
export async function create(
  ownDeps: Deps,
  options: CreateOptions,
  { wait, showToken, lookups = openLookups(ownDeps) }: CreateRunOptions,
  onProgress: OnProgress,
): Promise<CreateResult> {
  const name = checkName(options.name);
  const { until } = wait;
  const firstDeadline = deadlineOf(ownDeps, wait) + (await packagesTimeoutMs(options, wait));
  const { mayMakeKey, askedMs } = timed(ownDeps.world, options);
  const deadlineNow = () => firstDeadline + askedMs();
  const journal: Journal = (entry) => ownDeps.journal({ ...entry, until });
  const deps = { ...ownDeps, keyFile: options.keyFile };
  const submitted = await submit(
    { ...deps, journal },
    { ...options, mayMakeKey },
    { until, deadline: deadlineNow, onProgress },
    lookups,
  ).catch((error: unknown) => {
    const isLate = isPastDeadline(error, deps, deadlineNow());
    throw isLate ? notCreatedInTime(name, error.service) : error;
  });

  const deadline = deadlineNow();
  const waitOptions = { until, deadline, onProgress };
  const bound = within(deps, deadline);
  const urlOf = async (server: Server | undefined, notebook: Notebook) =>
    showToken && server !== undefined ? urlForOutput(deps, server, notebook) : undefined;
  let latest: Server | undefined;
  const wasRead = (server: Server) => {
    latest = server;
  };
  const resume = {
    message: `Stopped waiting; ${name} is still being created.`,
    hint: `nubes-nb ${waitingVerb(deps, options)} ${name} (or nubes-nb delete ${name})`,
  };
  return resumable(deps.world, resume, async () => {
    try {
      const readiness = await waitForOwn(bound, submitted, waitOptions, wasRead);
      const { server } = readiness;
      await installCertificate(deps, readiness, options, waitOptions);
      if (submitted.mayHaveDuplicate) await completeAndClean(bound, server, onProgress);
      else await recordCompleted(deps.journal, server);
      const notebook = await toReachedNotebook(deps, readiness);
      return { result: 'created', notebook, url: await urlOf(server, notebook) };
    } catch (error) {
      await (error instanceof VmGone ? recordRemoved : recordReported)(deps.journal, submitted);
      throw await withUrl(error, (notebook) => urlOf(latest, notebook));
    }
  });
}

/** The same question; `askedMs` is the time that its answer took, which is not waiting time. */
function timed(
  { now }: Pick<Deps['world'], 'now'>,
  { mayMakeKey }: Pick<CreateOptions, 'mayMakeKey'>,
) {
  let askedMs = 0;
  return {
    askedMs: () => askedMs,
    mayMakeKey: async () => {
      const asked = now().getTime();
      const answer = await mayMakeKey();
      askedMs += now().getTime() - asked;
      return answer;
    },
  };
}

/** `wait` changes nothing, so it does not add the floating IP. */
function waitingVerb({ settings }: Deps, { access, floatingIp }: CreateOptions): 'start' | 'wait' {
  const choice = floatingIp ?? settings.notebook.floatingIp;
  return access === 'direct' && choice === 'auto' ? 'start' : 'wait';
}

/** Added to the default time-out only. */
async function packagesTimeoutMs(
  { requirements }: CreateOptions,
  { isDefault = false, until }: WaitOptions,
): Promise<number> {
  if (requirements.length === 0 || !isDefault || until !== 'ready') return 0;
  const { installTimeoutSeconds } = await import('../first-boot/packages.ts');
  return installTimeoutSeconds * 1_000;
}

/** Installed over ssh once Jupyter runs with its own certificate: Nova never gets the key. */
async function installCertificate(
  deps: Deps,
  readiness: Readiness,
  { certificate, asks }: CreateOptions,
  { deadline, onProgress }: OwnWaitOptions,
): Promise<void> {
  if (certificate === undefined) return;
  const { server, jupyter } = readiness;
  if (jupyter !== 'ready') {
    const name = nameOf(server);
    deps.warn(`${name} uses a self-signed certificate until nubes-nb certify ${name} is run.`);
    return;
  }
  const { installCertificate: install } = await import('../lifecycle/certify.ts');
  try {
    await install(deps, server, { certificate, asks, deadline }, onProgress);
  } catch (error) {
    if (!(error instanceof NubesError) || deps.world.interrupted.aborted) throw error;
    throw new NotebookError(await toReachedNotebook(deps, readiness), error);
  }
}
