import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { earlierBootOf, rememberEarlierBoot } from '../earlier-boot.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { type ActionResult, actionResult } from '../outcome.ts';
import type { OnProgress, Wait } from '../patience.ts';
import { readConsoleOnce } from '../readiness/console-reader.ts';
import { checkStart, lookAt, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { watching } from '../waiting.ts';
import { act, isRunning } from './nova-action.ts';

/** Starts a stopped notebook, or goes on waiting for one that is on its way up. */
export async function start(
  deps: Deps,
  reference: string,
  { goal, deadline }: Wait,
  onProgress: OnProgress,
): Promise<ActionResult> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  const isOff = allowedChange({ verb: 'start' }, name, server) === 'start';
  const earlierBoot = await bootBefore(deps, server, isOff);
  if (isOff) await act(deps, server, servers.start, isRunning, deadline);

  const words = {
    message: `Stopped watching; ${name} goes on starting.`,
    hint: `nubes-nb start ${name} waits until it is ready.`,
  };
  return watching(deps.world, words, async () => {
    const lookAgain = lookAt(deps, server);
    const look = async () => {
      const found = await lookAgain();
      if (isOff) await checkStart(deps, found);
      return found;
    };
    const first = await lookAgain();
    if (goal === 'accepted') return actionResult(deps, { server: first });
    const wish = { goal, deadline, onProgress, look, earlierBoot, floatingIp: true };
    return actionResult(deps, await waitUntilReady(deps, first, wish));
  });
}

/** Of a VM that is off the console tells it; of one on its way up only this computer's memory does. */
async function bootBefore(deps: Deps, server: Server, isOff: boolean): Promise<string | undefined> {
  if (!isOff) return earlierBootOf(deps.stateFolder, server.id);
  const boot = (await readConsoleOnce(deps, server))?.boot;
  await rememberEarlierBoot(deps.stateFolder, server.id, boot).catch(() => {
    deps.warn('the state folder cannot be written, so a second start may be told too early.');
  });
  return boot;
}
