import type { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { WaitState } from '../actions.ts';
import type { Deps } from '../deps.ts';
import { earlierBootOf } from '../earlier-boot.ts';
import { NotebookError, timedOut } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { readConsoleOnce } from '../readiness/console-reader.ts';
import { lookAt, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { statusOf } from '../status.ts';
import { toNotebook, toReachedNotebook } from '../view.ts';
import { deadlineOf, type OnProgress, poll, resumable } from '../waiting.ts';
import { isStopped } from './nova-action.ts';

/**
 * Waits until a notebook is in a state, without doing anything about it. Throws NOT_FOUND for one that
 * is not there, also when it is to be deleted.
 */
export async function waitFor(
  deps: Deps,
  reference: string,
  { state, timeoutMs }: { readonly state: WaitState; readonly timeoutMs: number },
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps.world, { timeoutMs });
  const server = await find(deps, reference);
  const name = nameOf(server);
  const words = {
    message: `Stopped waiting for ${name}.`,
    hint: `nubes-nb wait ${name} --for ${state}`,
  };
  const watched = { deps, server, deadline, onProgress };
  return resumable(deps.world, words, async () => {
    const goesUp = state === 'ready' || state === 'running';
    return goesUp ? comesUp(watched, state) : ends(watched, state);
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
  until: 'ready' | 'running',
): Promise<Notebook> {
  // What the console of a VM that is not up tells is about the boot before.
  const earlierBoot =
    statusOf(server) === 'running'
      ? earlierBootOf(deps.stateFolder, server.id)
      : (await readConsoleOnce(deps, server))?.boot;
  const look = lookAt(deps, server);
  const ready = { until, deadline, onProgress, look, earlierBoot };
  return toReachedNotebook(deps, await waitUntilReady(deps, server, ready));
}

async function ends(
  { deps, server, deadline, onProgress }: Watched,
  state: 'stopped' | 'deleted',
): Promise<Notebook> {
  let latest = server;
  onProgress({ name: 'waiting', detail: `until ${shortVm(server)} is ${state}` });
  const gone = () => deps.watcher.server(server.id, { beingDeleted: true });
  const look = state === 'stopped' ? lookAt(deps, server) : gone;
  const reached = await poll({ world: deps.world, deadline }, async () => {
    const found = await look();
    if (found === undefined) return deleting(server);
    latest = found;
    if (state === 'deleted') return /DELETED$/.test(found.status) ? deleting(found) : undefined;
    return isStopped(found) ? found : undefined;
  });
  if (reached !== undefined) return toNotebook(deps, reached);
  throw new NotebookError(await toNotebook(deps, latest), late(latest, state));
}

function deleting(server: Server): Server {
  return { ...server, taskState: 'deleting' };
}

function late(server: Server, state: 'stopped' | 'deleted'): NubesError {
  const name = nameOf(server);
  return timedOut(
    `${name} is not ${state}, but ${statusOf(server)}`,
    `nubes-nb wait ${name} --for ${state}`,
  );
}
