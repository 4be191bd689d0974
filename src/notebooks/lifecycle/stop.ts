import * as servers from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { stillInProgress } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type ActionResult, actionResult } from '../outcome.ts';
import type { OnProgress, Wait } from '../patience.ts';
import { lookAt } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { until, watching } from '../waiting.ts';
import { act, isStopped } from './nova-action.ts';

/** Powers a notebook off and keeps its disk. One that is stopped already is done. */
export async function stop(
  deps: Deps,
  reference: string,
  { goal, deadline }: Wait,
  onProgress: OnProgress,
): Promise<ActionResult> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  const change = allowedChange({ verb: 'stop' }, name, server);
  if (change === 'same') return actionResult(deps, { server });
  onProgress({ name: 'stopping', detail: `${shortVm(server)}; its disk is kept` });
  await act(deps, server, servers.stop, isStopped, deadline);

  const look = lookAt(deps, server);
  if (goal === 'accepted') return actionResult(deps, { server: await look() });
  const words = {
    message: `Stopped watching; ${name} goes on stopping.`,
    hint: `nubes-nb show ${name} tells when it has.`,
  };
  return watching(deps.world, words, async () => {
    const stopped = await until({ world: deps.world, deadline }, async () => {
      const found = await look();
      return isStopped(found) ? found : undefined;
    });
    if (stopped !== undefined) return actionResult(deps, { server: stopped });
    const failure = stillInProgress(name, 'stopping', 'stop');
    return actionResult(deps, { server: await look(), failure });
  });
}
