import { reach } from '../connect/ssh-target.ts';
import type { Desk } from '../deps.ts';
import { shortVm } from '../identity.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import type { Enter, Wait } from '../patience.ts';
import { restartedWith } from './restart.ts';

/**
 * Starts Jupyter on a running VM anew, over ssh: kernels end, the VM goes on. Throws NOT_ALLOWED where
 * the account may not.
 */
export async function restartJupyter(
  desk: Desk,
  reference: string,
  { goal, deadline, asks }: Wait & { readonly asks: boolean },
  enter: Enter,
): Promise<Outcome> {
  const reached = await reach(desk, reference);
  const { server } = reached;
  enter({ name: 'jupyter', detail: `on ${shortVm(server)}`, asks });
  const waits = goal !== 'accepted';
  const failure = await restartedWith(desk, reached, { deadline, asks, waits });
  if (failure !== undefined) return outcomeOf(desk, { server, jupyter: 'unreachable', failure });
  return outcomeOf(desk, { server, jupyter: waits ? 'ready' : undefined });
}
