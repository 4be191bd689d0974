import { type NubesError, timedOut } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { WaitState } from '../actions.ts';
import { readConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { NotebookError } from '../errors.ts';
import { find, isGone } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { earlierBootOf } from '../local-state.ts';
import { type Notebook, toNotebook, toReachedNotebook } from '../notebook.ts';
import { readServer, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { statusOf } from '../status.ts';
import { bounded, deadlineOf, type OnProgress, poll, resumable } from '../waiting.ts';
import { isStopped } from './nova-action.ts';

/**
 * Waits until a notebook is in a state, and changes nothing. Throws NOT_FOUND for a notebook that does not
 * exist, even if the state is `deleted`; TIMED_OUT; NotebookError.
 */
export async function waitFor(
  deps: Deps,
  reference: string,
  { state, timeoutMs }: { readonly state: WaitState; readonly timeoutMs: number },
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps, { timeoutMs });
  return bounded(deps, reference, deadline, async (limited) => {
    const server = await find(limited, reference);
    const name = nameOf(server);
    const resume = {
      message: `Stopped waiting for ${name}.`,
      hint: `nubes-nb wait ${name} --for ${state}`,
    };
    const options = { deadline, onProgress };
    return resumable(limited.world, resume, () => {
      if (state === 'stopped') return waitUntilStopped(limited, server, options);
      if (state === 'deleted') return waitUntilDeleted(limited, server, options);
      return waitUntilUp(limited, server, state, options);
    });
  });
}

interface WaitingOptions {
  readonly deadline: number;
  readonly onProgress: OnProgress;
}

async function waitUntilUp(
  deps: Deps,
  server: Server,
  until: 'ready' | 'running',
  { deadline, onProgress }: WaitingOptions,
): Promise<Notebook> {
  // Until a VM is up, its console shows the boot before.
  const earlierBoot =
    statusOf(server) === 'running'
      ? earlierBootOf(deps.stateFolder, server.id)
      : (await readConsole(deps, server))?.boot;
  const refresh = () => readServer(deps, server);
  const options = { until, deadline, onProgress, refresh, earlierBoot };
  return toReachedNotebook(deps, await waitUntilReady(deps, server, options));
}

async function waitUntilStopped(
  deps: Deps,
  server: Server,
  { deadline, onProgress }: WaitingOptions,
): Promise<Notebook> {
  onProgress({ name: 'waiting', detail: `until ${shortVm(server)} is stopped` });
  let latest = server;
  const stopped = await poll({ world: deps.world, deadline }, async () => {
    latest = await readServer(deps, server);
    return isStopped(latest) ? latest : undefined;
  });
  if (stopped !== undefined) return toNotebook(deps, stopped);
  throw new NotebookError(await toNotebook(deps, latest), notInTime(latest, 'stopped'));
}

async function waitUntilDeleted(
  deps: Deps,
  server: Server,
  { deadline, onProgress }: WaitingOptions,
): Promise<Notebook> {
  onProgress({ name: 'waiting', detail: `until ${shortVm(server)} is deleted` });
  let latest = server;
  const isDeleted = await poll({ world: deps.world, deadline }, async () => {
    const found = await deps.watcher.server(server.id, { beingDeleted: true });
    latest = found ?? latest;
    return isGone(found) ? true : undefined;
  });
  if (isDeleted) deps.seen.missing(nameOf(server));
  if (isDeleted) return toNotebook(deps, { ...latest, taskState: 'deleting' });
  throw new NotebookError(await toNotebook(deps, latest), notInTime(latest, 'deleted'));
}

function notInTime(server: Server, state: 'stopped' | 'deleted'): NubesError {
  const name = nameOf(server);
  return timedOut(
    `${name} is not ${state}, but ${statusOf(server)}`,
    `nubes-nb wait ${name} --for ${state}`,
  );
}
