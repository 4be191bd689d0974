import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { earlierBootOf, rememberEarlierBoot } from '../earlier-boot.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { readConsoleOnce } from '../readiness/console-reader.ts';
import { checkStart, lookAt, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { toNotebook, toReachedNotebook } from '../view.ts';
import { bounded, deadlineOf, type OnProgress, resumable, type WaitOptions } from '../waiting.ts';
import { act, isRunning } from './nova-action.ts';

/** Starts a stopped notebook, or waits for one that is starting already. */
export async function start(
  deps: Deps,
  reference: string,
  wait: WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps.world, wait);
  return bounded(deps, reference, deadline, async (within) => {
    const server = await find(within, reference);
    const name = nameOf(server);
    const isOff = allowedChange({ verb: 'start' }, name, server) === 'start';
    const earlierBoot = await bootBefore(within, server, isOff);
    if (isOff) await act(within, server, servers.start, isRunning, deadline);

    const resume = {
      message: `Stopped waiting; ${name} is still starting.`,
      hint: `nubes-nb start ${name}`,
    };
    return resumable(deps.world, resume, async () => {
      const read = lookAt(within, server);
      const look = async () => {
        const found = await read();
        if (isOff) await checkStart(within, found);
        return found;
      };
      const first = await read();
      if (wait.until === 'accepted') return toNotebook(within, first);
      const ready = { until: wait.until, deadline, onProgress, look, earlierBoot };
      return toReachedNotebook(
        within,
        await waitUntilReady(within, first, { ...ready, floatingIp: true }),
      );
    });
  });
}

/** The console of a stopped VM shows its last boot; for a starting one only this computer's record does. */
async function bootBefore(deps: Deps, server: Server, isOff: boolean): Promise<string | undefined> {
  if (!isOff) return earlierBootOf(deps.stateFolder, server.id);
  const boot = (await readConsoleOnce(deps, server))?.boot;
  await rememberEarlierBoot(deps.stateFolder, server.id, boot).catch(() => {
    deps.warn('the state folder cannot be written, so a second start may report ready too early.');
  });
  return boot;
}
