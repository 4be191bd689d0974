import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { pinnedServers } from '../../ssh/known-hosts.ts';
import type { Change, Done, IfExists } from '../actions.ts';
import { knownHostsFile } from '../connect/address.ts';
import type { Desk } from '../deps.ts';
import { nameOf, requestOf } from '../identity.ts';
import { urlToTell } from '../jupyter/token-url.ts';
import type { Outcome } from '../outcome.ts';
import type { Enter, Patience } from '../patience.ts';
import { allowedChange, type CreateIntent } from '../rules.ts';
import type { Verbs } from '../verbs.ts';
import { presented } from '../view.ts';
import { withoutTwins } from './duplicates.ts';
import { awaitedRequests, creationsIn, madeVm, noteTold, noteWaited } from './journal.ts';
import type { Survey } from './lookups.ts';
import type { Wish } from './submit.ts';

/** What is wished for a name that may be taken, and for how long. */
export interface Settlement {
  readonly ifExists: IfExists;
  readonly patience: Patience;
  /** Put the token in its URL. */
  readonly showToken: boolean;
}

/** A notebook that is there now. */
export interface Settled extends Done {
  readonly outcome: Outcome;
}

/** What a creation means to a notebook that may be there: the waiting of an earlier run goes on. */
export async function creation(
  { stateFolder }: Pick<Desk, 'stateFolder'>,
  { ifExists, patience: { goal } }: Pick<Settlement, 'ifExists' | 'patience'>,
): Promise<CreateIntent> {
  const awaits = ifExists === 'skip' && goal === 'ready';
  // Whoever hears that Jupyter is up keeps the host key.
  const awaited = awaits
    ? awaitedRequests(stateFolder, await pinnedServers(knownHostsFile(stateFolder)))
    : new Set<string>();
  return { verb: 'create', ifExists, goal, awaited };
}

/** Makes the notebook, or does with the one there is what was asked for. Throws NAME_TAKEN, WRONG_STATE. */
export async function ensure(
  desk: Desk,
  verbs: Pick<Verbs, 'create' | 'start' | 'waitFor'>,
  wish: Wish,
  settlement: Settlement & { readonly survey?: Survey },
  enter: Enter,
): Promise<Settled> {
  const { ifExists, patience, showToken, survey } = settlement;
  try {
    const created = await verbs.create(wish, patience, enter, survey);
    return { result: 'created', outcome: created, url: showToken ? created.url : undefined };
  } catch (error) {
    const taken = error instanceof NubesError && error.code === 'NAME_TAKEN';
    if (!taken || ifExists === 'fail') throw error;
    return settle(desk, verbs, await withoutTwins(desk, wish.name, enter), settlement, enter);
  }
}

/** Does with the notebook that has the name already what its creation wished for. Throws NAME_TAKEN, WRONG_STATE. */
export async function settle(
  desk: Desk,
  verbs: Pick<Verbs, 'start' | 'waitFor'>,
  server: Server,
  wish: Settlement,
  enter: Enter,
): Promise<Settled> {
  const change = allowedChange(await creation(desk, wish), nameOf(server), server);
  const outcome = await settled(desk, verbs, server, wish, change, enter);
  await noteHeard(desk, server);
  // Another login's token cannot be told; the notebook is there all the same.
  const url = wish.showToken ? await urlToTell(desk, server).catch(() => undefined) : undefined;
  const result = change === 'start' ? 'started' : 'exists';
  return { result, outcome, url };
}

/** An earlier run may have made it and told nobody. */
async function noteHeard({ journal, stateFolder, project, owner }: Desk, server: Server) {
  const creation = creationsIn(stateFolder, project.id, owner.name).get(requestOf(server));
  if (creation?.isTold === false) await noteTold(journal, madeVm(server));
}

async function settled(
  desk: Desk,
  verbs: Pick<Verbs, 'start' | 'waitFor'>,
  server: Server,
  { ifExists, patience }: Settlement,
  change: Change,
  enter: Enter,
): Promise<Outcome> {
  if (ifExists === 'start') return verbs.start(server.id, patience, enter);
  if (change !== 'wait') return { notebook: await presented(desk, server) };
  const state = patience.goal === 'running' ? 'running' : 'ready';
  const outcome = await verbs.waitFor(server.id, { state, timeout: patience.timeout }, enter);
  if (state === 'ready' && outcome.failure === undefined) await noteWaited(desk.journal, server);
  return outcome;
}
