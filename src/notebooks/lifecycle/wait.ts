import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { earlierBootOf } from '../earlier-boot.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type ActionResult, actionResult, type Readiness } from '../outcome.ts';
import type { OnProgress } from '../patience.ts';
import { readConsoleOnce } from '../readiness/console-reader.ts';
import { lookAt, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { statusOf } from '../status.ts';
import { until, watching } from '../waiting.ts';
import { isStopped } from './nova-action.ts';

export type WaitState = 'ready' | 'running' | 'stopped' | 'deleted';

/** What to wait for, and until when (milliseconds since the epoch). */
export interface WaitForOptions {
  readonly state: WaitState;
  readonly deadline: number;
}

/**
 * Waits until a notebook is in a state, without doing anything about it. Throws NOT_FOUND for one that
 * is not there, also when it is to be deleted.
 */
export async function waitFor(
  deps: Deps,
  reference: string,
  { state, deadline }: WaitForOptions,
  onProgress: OnProgress,
): Promise<ActionResult> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  const words = {
    message: `Stopped watching ${name}.`,
    hint: `nubes-nb wait ${name} --for ${state} goes on.`,
  };
  const watched = { deps, server, deadline, onProgress };
  return watching(deps.world, words, async () => {
    const goesUp = state === 'ready' || state === 'running';
    return actionResult(deps, await (goesUp ? comesUp(watched, state) : ends(watched, state)));
  });
}

interface Watched {
  readonly deps: Deps;
  readonly server: Server;
  readonly deadline: number;
  readonly onProgress: OnProgress;
}

async function comesUp(
  { deps, server, deadline, onProgress }: Watched,
  goal: 'ready' | 'running',
): Promise<Readiness> {
  // What the console of a VM that is not up tells is about the boot before.
  const earlierBoot =
    statusOf(server) === 'running'
      ? earlierBootOf(deps.stateFolder, server.id)
      : (await readConsoleOnce(deps, server))?.boot;
  const look = lookAt(deps, server);
  return waitUntilReady(deps, server, { goal, deadline, onProgress, look, earlierBoot });
}

async function ends(
  { deps, server, deadline, onProgress }: Watched,
  state: 'stopped' | 'deleted',
): Promise<Readiness> {
  let latest = server;
  onProgress({ name: 'waiting', detail: `until ${shortVm(server)} is ${state}` });
  const gone = () => deps.watcher.server(server.id, { beingDeleted: true });
  const look = state === 'stopped' ? lookAt(deps, server) : gone;
  const reached = await until({ world: deps.world, deadline }, async () => {
    const found = await look();
    if (found === undefined) return deleting(server);
    latest = found;
    if (state === 'deleted') return /DELETED$/.test(found.status) ? deleting(found) : undefined;
    return isStopped(found) ? found : undefined;
  });
  if (reached !== undefined) return { server: reached };
  return { server: latest, failure: late(latest, state) };
}

function deleting(server: Server): Server {
  return { ...server, taskState: 'deleting' };
}

function late(server: Server, state: 'stopped' | 'deleted'): NubesError {
  const name = nameOf(server);
  return new NubesError(
    'TIMED_OUT',
    `The time is up: ${name} is not ${state}, but ${statusOf(server)}.`,
    { hint: `nubes-nb wait ${name} --for ${state} goes on waiting.` },
  );
}
