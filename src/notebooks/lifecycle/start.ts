import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import type { Desk } from '../deps.ts';
import { earlierBootOf, rememberEarlierBoot } from '../earlier-boot.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import type { Enter, Wait } from '../patience.ts';
import { hear } from '../readiness/console-reader.ts';
import { checkStart, follow, lookAt } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { watching } from '../waiting.ts';
import { act, isRunning } from './nova-action.ts';

/** Starts a stopped notebook, or goes on waiting for one that is on its way up. */
export async function start(
  desk: Desk,
  reference: string,
  { goal, deadline }: Wait,
  enter: Enter,
): Promise<Outcome> {
  const server = await find(desk, reference);
  const name = nameOf(server);
  const isOff = allowedChange({ verb: 'start' }, name, server) === 'start';
  const earlierBoot = await bootBefore(desk, server, isOff);
  if (isOff) await act(desk, server, servers.start, isRunning, deadline);

  const words = {
    message: `Stopped watching; ${name} goes on starting.`,
    hint: `nubes-nb start ${name} waits until it is ready.`,
  };
  return watching(desk.world, words, async () => {
    const lookAgain = lookAt(desk, server);
    const look = async () => {
      const found = await lookAgain();
      if (isOff) await checkStart(desk, found);
      return found;
    };
    const first = await lookAgain();
    if (goal === 'accepted') return outcomeOf(desk, { server: first });
    const wish = { goal, deadline, enter, look, earlierBoot, floatingIp: true };
    return outcomeOf(desk, await follow(desk, first, wish));
  });
}

/** Of a VM that is off the console tells it; of one on its way up only this computer's memory does. */
async function bootBefore(desk: Desk, server: Server, isOff: boolean): Promise<string | undefined> {
  if (!isOff) return earlierBootOf(desk.stateFolder, server.id);
  const boot = (await hear(desk, server))?.boot;
  await rememberEarlierBoot(desk.stateFolder, server.id, boot).catch(() => {
    desk.warn('the state folder cannot be written, so a second start may be told too early.');
  });
  return boot;
}
