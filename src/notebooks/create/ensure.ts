import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import type { Change, CompletedAction, IfExists } from '../actions.ts';
import { knownHostsFile } from '../connect/address.ts';
import type { Deps } from '../deps.ts';
import { nameOf, requestOf } from '../identity.ts';
import { urlToTell } from '../jupyter/token-url.ts';
import type { ActionResult } from '../outcome.ts';
import type { OnProgress, Patience } from '../patience.ts';
import { allowedChange, type CreateIntended } from '../rules.ts';
import type { Verbs } from '../verbs.ts';
import { toNotebook } from '../view.ts';
import { resolveDuplicates } from './duplicates.ts';
import {
  awaitedRequests,
  createRecords,
  journalRef,
  recordCompleted,
  recordReported,
} from './journal.ts';
import type { Lookups } from './lookups.ts';
import type { CreateOptions } from './submit.ts';

/** What is wished for a name that may be taken, and for how long. */
export interface EnsureOptions {
  readonly ifExists: IfExists;
  readonly patience: Patience;
  /** Put the token in its URL. */
  readonly showToken: boolean;
}

/** A notebook that is there now. */
export interface EnsureResult extends CompletedAction {
  readonly outcome: ActionResult;
}

/** What a creation means to a notebook that may be there: the waiting of an earlier run goes on. */
export async function creation(
  { stateFolder }: Pick<Deps, 'stateFolder'>,
  { ifExists, patience: { goal } }: Pick<EnsureOptions, 'ifExists' | 'patience'>,
): Promise<CreateIntended> {
  const awaits = ifExists === 'skip' && goal === 'ready';
  // Whoever hears that Jupyter is up keeps the host key.
  const awaited = awaits
    ? awaitedRequests(stateFolder, await pinnedServers(knownHostsFile(stateFolder)))
    : new Set<string>();
  return { verb: 'create', ifExists, goal, awaited };
}

/** Makes the notebook, or does with the one there is what was asked for. Throws NAME_TAKEN, WRONG_STATE. */
export async function ensure(
  deps: Deps,
  verbs: Pick<Verbs, 'create' | 'start' | 'waitFor'>,
  wish: CreateOptions,
  options: EnsureOptions & { readonly lookups?: Lookups },
  onProgress: OnProgress,
): Promise<EnsureResult> {
  const { ifExists, patience, showToken, lookups } = options;
  try {
    const created = await verbs.create(wish, patience, onProgress, lookups);
    return { result: 'created', outcome: created, url: showToken ? created.url : undefined };
  } catch (error) {
    const taken = error instanceof NubesError && error.code === 'NAME_TAKEN';
    if (!taken || ifExists === 'fail') throw error;
    return reuseExisting(
      deps,
      verbs,
      await resolveDuplicates(deps, wish.name, onProgress),
      options,
      onProgress,
    );
  }
}

/** Does with the notebook that has the name already what its creation wished for. Throws NAME_TAKEN, WRONG_STATE. */
export async function reuseExisting(
  deps: Deps,
  verbs: Pick<Verbs, 'start' | 'waitFor'>,
  server: Server,
  wish: EnsureOptions,
  onProgress: OnProgress,
): Promise<EnsureResult> {
  const change = allowedChange(await creation(deps, wish), nameOf(server), server);
  const outcome = await settled(deps, verbs, server, wish, change, onProgress);
  await noteHeard(deps, server);
  // Another login's token cannot be told; the notebook is there all the same.
  const url = wish.showToken ? await urlToTell(deps, server).catch(() => undefined) : undefined;
  const result = change === 'start' ? 'started' : 'exists';
  return { result, outcome, url };
}

/** An earlier run may have made it and told nobody. */
async function noteHeard({ journal, stateFolder, project, owner }: Deps, server: Server) {
  const creation = createRecords(stateFolder, project.id, owner.name).get(requestOf(server));
  if (creation?.isTold === false) await recordReported(journal, journalRef(server));
}

async function settled(
  deps: Deps,
  verbs: Pick<Verbs, 'start' | 'waitFor'>,
  server: Server,
  { ifExists, patience }: EnsureOptions,
  change: Change,
  onProgress: OnProgress,
): Promise<ActionResult> {
  if (ifExists === 'start') return verbs.start(server.id, patience, onProgress);
  if (change !== 'wait') return { notebook: await toNotebook(deps, server) };
  const state = patience.goal === 'running' ? 'running' : 'ready';
  const outcome = await verbs.waitFor(server.id, { state, timeout: patience.timeout }, onProgress);
  if (state === 'ready' && outcome.failure === undefined)
    await recordCompleted(deps.journal, server);
  return outcome;
}
