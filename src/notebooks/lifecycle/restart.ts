import * as servers from '../../openstack/compute/servers.ts';
import type { Desk } from '../deps.ts';
import { rememberEarlierBoot } from '../earlier-boot.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import type { Enter, Wait } from '../patience.ts';
import { hear } from '../readiness/console-reader.ts';
import { follow, lookAt } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { watching } from '../waiting.ts';
import { act } from './nova-action.ts';

/** Boots a running notebook's VM again. Ready means the new boot: the old one's word does not count. */
export async function restart(
  desk: Desk,
  reference: string,
  { hard, goal, deadline }: Wait & { readonly hard: boolean },
  enter: Enter,
): Promise<Outcome> {
  const server = await find(desk, reference);
  const name = nameOf(server);
  allowedChange({ verb: 'restart', hard }, name, server);
  const earlierBoot = (await hear(desk, server))?.boot;
  await rememberEarlierBoot(desk.stateFolder, server.id, earlierBoot).catch(() => {});
  enter({ name: 'restarting', detail: shortVm(server) });
  const reboot = (compute: Desk['compute'], id: string) =>
    servers.reboot(compute, id, hard ? 'HARD' : 'SOFT');
  await act(desk, server, reboot, () => false, deadline);

  const words = {
    message: `Stopped watching; ${name} goes on restarting.`,
    hint: `nubes-nb wait ${name} waits until it is ready.`,
  };
  return watching(desk.world, words, async () => {
    const look = lookAt(desk, server);
    const first = await look();
    if (goal === 'accepted') return outcomeOf(desk, { server: first });
    return outcomeOf(desk, await follow(desk, first, { goal, deadline, enter, look, earlierBoot }));
  });
}
