import { requireSsh } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { NotebookError } from '../errors.ts';
import { shortVm } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { toReachedNotebook } from '../view.ts';
import { deadlineOf, type OnProgress, type WaitOptions } from '../waiting.ts';
import { restartedWith } from './restart.ts';

/**
 * Starts Jupyter on a running VM anew, over ssh: kernels end, the VM goes on. Throws NOT_ALLOWED where
 * the account may not.
 */
export async function restartJupyter(
  deps: Deps,
  reference: string,
  { asks, ...wait }: WaitOptions & { readonly asks: boolean },
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps.world, wait);
  const reached = await requireSsh(deps, reference);
  const { server } = reached;
  onProgress({ name: 'jupyter', detail: `on ${shortVm(server)}`, asks });
  const waits = wait.until !== 'accepted';
  const failure = await restartedWith(deps, reached, { deadline, asks, waits });
  if (failure !== undefined) {
    const notebook = await toReachedNotebook(deps, { server, jupyter: 'unreachable' });
    throw new NotebookError(notebook, failure);
  }
  return toReachedNotebook(deps, { server, jupyter: waits ? 'ready' : undefined });
}
