import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import type { Change, IfExists } from '../actions.ts';
import type { Deps } from '../deps.ts';
import { NotebookError } from '../errors.ts';
import { withFault } from '../fault.ts';
import { nameOf, requestOf } from '../identity.ts';
import {
  awaitedRequests,
  createRecords,
  journalRef,
  recordCompleted,
  recordReported,
} from '../journal.ts';
import { urlForOutput, withUrl } from '../jupyter/token.ts';
import { start } from '../lifecycle/start.ts';
import { waitFor } from '../lifecycle/wait.ts';
import { knownHostsFile } from '../local-state.ts';
import { type Notebook, toNotebook } from '../notebook.ts';
import { allowedChange, type CreateAction } from '../rules.ts';
import type { OnProgress } from '../waiting.ts';
import { type CreateResult, type CreateRunOptions, create } from './create.ts';
import { resolveDuplicates } from './duplicates.ts';
import type { CreateOptions } from './options.ts';

/** How to create a notebook whose name may be taken. */
export interface EnsureOptions extends CreateRunOptions {
  readonly ifExists: IfExists;
}

/** What create does with an existing notebook: a rerun waits for what the interrupted run waited for. */
export async function creation(
  { stateFolder }: Pick<Deps, 'stateFolder'>,
  { ifExists, wait: { until } }: Pick<EnsureOptions, 'ifExists' | 'wait'>,
): Promise<CreateAction> {
  const awaits = ifExists === 'skip' && until === 'ready';
  // The command that saw Jupyter ready has pinned the host key.
  const awaited = awaits
    ? awaitedRequests(stateFolder, await pinnedServers(knownHostsFile(stateFolder)))
    : new Set<string>();
  return { verb: 'create', ifExists, until, awaited };
}

/** Creates the notebook, or reuses the existing one. Throws NAME_TAKEN, WRONG_STATE, NotebookError. */
export async function ensure(
  deps: Deps,
  createOptions: CreateOptions,
  options: EnsureOptions,
  onProgress: OnProgress,
): Promise<CreateResult> {
  try {
    return await create(deps, createOptions, options, onProgress);
  } catch (error) {
    const isTaken = error instanceof NubesError && error.code === 'NAME_TAKEN';
    if (!isTaken || options.ifExists === 'fail') throw error;
    const server = await resolveDuplicates(deps, createOptions.name, onProgress);
    return reuseExisting(deps, server, options, onProgress);
  }
}

/** Starts or waits for the notebook that has the name, as `ifExists` says. Throws NAME_TAKEN, WRONG_STATE. */
export async function reuseExisting(
  deps: Deps,
  listed: Server,
  options: EnsureOptions,
  onProgress: OnProgress,
): Promise<CreateResult> {
  const server = await withFault(deps.compute, listed);
  const change = allowedChange(await creation(deps, options), nameOf(server), server);
  const urlOf = async (notebook: Notebook) =>
    options.showToken ? urlForOutput(deps, server, notebook) : undefined;
  const bringUpOptions = { ...options, change };
  const notebook = await bringUp(deps, server, bringUpOptions, onProgress).catch(
    async (error: unknown) => {
      // The user is given the notebook all the same.
      if (error instanceof NotebookError) await recordExisting(deps, server);
      throw await withUrl(error, urlOf);
    },
  );
  await recordExisting(deps, server);
  // Another login's token is unknown here; the notebook exists all the same.
  const url = await urlOf(notebook).catch(() => undefined);
  return { result: change === 'start' ? 'started' : 'exists', notebook, url };
}

/** An earlier create may have made it and not reported it. */
async function recordExisting({ journal, stateFolder, project, owner }: Deps, server: Server) {
  const record = createRecords(stateFolder, project.id, owner.name).get(requestOf(server));
  if (record?.isReported === false) await recordReported(journal, journalRef(server));
}

async function bringUp(
  deps: Deps,
  server: Server,
  { ifExists, wait, change }: EnsureOptions & { readonly change: Change },
  onProgress: OnProgress,
): Promise<Notebook> {
  if (ifExists === 'start') return start(deps, server.id, wait, onProgress);
  if (change !== 'wait') return toNotebook(deps, server);
  const state = wait.until === 'running' ? 'running' : 'ready';
  const { timeoutMs } = wait;
  const notebook = await waitFor(deps, server.id, { state, timeoutMs }, onProgress);
  if (state === 'ready') await recordCompleted(deps.journal, server);
  return notebook;
}
