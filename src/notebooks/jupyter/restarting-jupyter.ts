import { requireSsh } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { shortVm } from '../identity.ts';
import { type ActionResult, actionResult } from '../outcome.ts';
import type { OnProgress, Wait } from '../patience.ts';
import { restartedWith } from './restart.ts';

/**
 * Starts Jupyter on a running VM anew, over ssh: kernels end, the VM goes on. Throws NOT_ALLOWED where
 * the account may not.
 */
export async function restartJupyter(
  deps: Deps,
  reference: string,
  { goal, deadline, asks }: Wait & { readonly asks: boolean },
  onProgress: OnProgress,
): Promise<ActionResult> {
  const reached = await requireSsh(deps, reference);
  const { server } = reached;
  onProgress({ name: 'jupyter', detail: `on ${shortVm(server)}`, asks });
  const waits = goal !== 'accepted';
  const failure = await restartedWith(deps, reached, { deadline, asks, waits });
  if (failure !== undefined) return actionResult(deps, { server, jupyter: 'unreachable', failure });
  return actionResult(deps, { server, jupyter: waits ? 'ready' : undefined });
}
