import { errorFrom, NubesError, withoutStop } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { isDirect } from '../address.ts';
import type { Deps } from '../deps.ts';
import { deletionFailed, explainConflict, NotebookError, stillInProgress } from '../errors.ts';
import { find, isGone } from '../find.ts';
import { recordAction } from '../history.ts';
import { nameOf, shortVm } from '../identity.ts';
import { forgetVm } from '../local-state.ts';
import { type Notebook, toNotebook } from '../notebook.ts';
import { allowedChange } from '../rules.ts';
import {
  bounded,
  deadlineOf,
  type OnProgress,
  poll,
  resumable,
  type WaitOptions,
} from '../waiting.ts';

/**
 * Deletes the VM and its disk, the floating IP that was created for it, and what this computer stores about it.
 * Resolves once Nova no longer has the server. Throws NOT_ALLOWED, NotebookError.
 */
export async function remove(
  deps: Deps,
  reference: string,
  wait: WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps, wait);
  return bounded(deps, reference, deadline, (limited) =>
    removeBefore(limited, reference, { until: wait.until, deadline }, onProgress),
  );
}

async function removeBefore(
  deps: Deps,
  reference: string,
  { until, deadline }: Pick<WaitOptions, 'until'> & { readonly deadline: number },
  onProgress: OnProgress,
): Promise<Notebook> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  allowedChange({ verb: 'delete', ifMissing: 'fail' }, name, server);
  onProgress({ name: 'deleting', detail: shortVm(server) });
  const releaseFloatingIp = await prepareRelease(deps, server, onProgress);
  const removed = await servers.remove(deps.compute, server.id).catch(explainConflict(name));
  // Beside the wait: before it, those of a batch would ask at different times, and share no list.
  const recorded =
    removed === 'gone'
      ? undefined
      : recordAction(deps.journal, 'deleted', server, removed.requestId);
  // Before the wait, so that Ctrl-C leaves no floating IP behind.
  if (await releaseFloatingIp()) onProgress({ name: 'deleting', detail: shortVm(server) });
  const resume = {
    message: `Stopped waiting; ${name} is still being deleted.`,
    hint: `nubes-nb wait ${name} --for deleted`,
  };
  const waitOnce = async () =>
    until === 'accepted' ||
    (await resumable(deps.world, resume, () => waitUntilGone(deps, server, deadline)));
  const isDone = await waitOnce().finally(() => recorded);
  await forgetServer(deps, server);
  const latest = { ...server, taskState: 'deleting' };
  deps.seen.server(latest);
  const notebook = await toNotebook(deps, latest);
  if (isDone) return notebook;
  throw new NotebookError(notebook, stillInProgress(name, 'deleting', 'delete'));
}

/** Finds the floating IP while the VM still has its port. The result releases it, and returns whether there was one. */
async function prepareRelease(
  deps: Deps,
  server: Server,
  onProgress: OnProgress,
): Promise<() => Promise<boolean>> {
  const isFloating = server.addresses.some(({ type }) => type === 'floating');
  if (!isFloating && !isDirect(server)) return async () => false;
  const { floatingIpsOf, release } = await import('../https/floating-ip.ts');
  const floating = await floatingIpsOf(deps, server).catch((error: unknown) =>
    errorFrom(error, deps.world.interrupted),
  );
  if (!(floating instanceof NubesError)) return () => release(deps, floating, onProgress);
  return async () => {
    const why = withoutStop(floating.message);
    deps.warn(
      `could not check whether ${nameOf(server)} had its own floating IP (${why}); list them with: openstack floating ip list`,
    );
    return false;
  };
}

async function forgetServer(deps: Deps, server: Server): Promise<void> {
  const { hostFiles, warn } = deps;
  const { forgetHost } = await import('../../ssh/host-files.ts');
  await forgetHost(hostFiles, nameOf(server), server.id);
  try {
    await forgetVm(deps, server.id);
  } catch {
    warn(`the host key of ${nameOf(server)} was not removed: the state folder is not writable.`);
  }
}

async function waitUntilGone(deps: Deps, server: Server, deadline: number): Promise<boolean> {
  const gone = await poll({ world: deps.world, deadline }, async () => {
    const found = await deps.watcher.server(server.id, { beingDeleted: true });
    if (found?.status === 'ERROR' && found.taskState === null && server.status !== 'ERROR') {
      throw deletionFailed(found);
    }
    return isGone(found) ? true : undefined;
  });
  return gone === true;
}
