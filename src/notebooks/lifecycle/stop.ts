import * as servers from '../../openstack/compute/servers.ts';
import type { Desk } from '../deps.ts';
import { stillGoing } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import type { Enter, Wait } from '../patience.ts';
import { lookAt } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { until, watching } from '../waiting.ts';
import { act, isStopped } from './nova-action.ts';

/** Powers a notebook off and keeps its disk. One that is stopped already is done. */
export async function stop(
  desk: Desk,
  reference: string,
  { goal, deadline }: Wait,
  enter: Enter,
): Promise<Outcome> {
  const server = await find(desk, reference);
  const name = nameOf(server);
  const change = allowedChange({ verb: 'stop' }, name, server);
  if (change === 'same') return outcomeOf(desk, { server });
  enter({ name: 'stopping', detail: `${shortVm(server)}; its disk is kept` });
  await act(desk, server, servers.stop, isStopped, deadline);

  const look = lookAt(desk, server);
  if (goal === 'accepted') return outcomeOf(desk, { server: await look() });
  const words = {
    message: `Stopped watching; ${name} goes on stopping.`,
    hint: `nubes-nb show ${name} tells when it has.`,
  };
  return watching(desk.world, words, async () => {
    const stopped = await until({ world: desk.world, deadline }, async () => {
      const found = await look();
      return isStopped(found) ? found : undefined;
    });
    if (stopped !== undefined) return outcomeOf(desk, { server: stopped });
    const failure = stillGoing(name, 'stopping', 'stop');
    return outcomeOf(desk, { server: await look(), failure });
  });
}
