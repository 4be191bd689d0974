import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { isRefusedByPolicy } from '../../openstack/errors.ts';
import { readConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { earlierBootOf, rememberEarlierBoot } from '../local-state.ts';
import { type Notebook, toNotebook, toReachedNotebook } from '../notebook.ts';
import { checkStart, readServer, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { isShelved } from '../status.ts';
import { bounded, deadlineOf, type OnProgress, resumable, type WaitOptions } from '../waiting.ts';
import { isRunning, novaAction } from './nova-action.ts';

/** Powers a stopped VM on, unshelves a shelved one, or waits for one that is already starting. Throws WRONG_STATE, NOT_ALLOWED, NotebookError. */
export async function start(
  deps: Deps,
  reference: string,
  wait: WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps, wait);
  return bounded(deps, reference, deadline, async (limited) => {
    const server = await find(limited, reference);
    const name = nameOf(server);
    const isOff = allowedChange({ verb: 'start' }, name, server) === 'start';
    const earlierBoot = await readEarlierBoot(limited, server, isOff);
    const action = { event: 'started', send: sendStart } as const;
    if (isOff) await novaAction(limited, server, action, isRunning, deadline);

    const resume = {
      message: `Stopped waiting; ${name} is still starting.`,
      hint: `nubes-nb start ${name}`,
    };
    return resumable(deps.world, resume, async () => {
      const refresh = async () => {
        const found = await readServer(limited, server);
        if (isOff) await checkStart(limited, found);
        return found;
      };
      const first = await readServer(limited, server);
      const { until } = wait;
      if (until === 'accepted') return toNotebook(limited, first);
      const options = { until, deadline, onProgress, refresh, earlierBoot, floatingIp: true };
      return toReachedNotebook(limited, await waitUntilReady(limited, first, options));
    });
  });
}

/** Nova's policy may keep unshelving to others than the project's members. */
async function sendStart(compute: Deps['compute'], server: Server): Promise<servers.RequestId> {
  if (!isShelved(server)) return servers.start(compute, server.id);
  return servers.unshelve(compute, server.id).catch((error: unknown) => {
    throw isRefusedByPolicy(error) ? mayNotUnshelve(server, error) : error;
  });
}

function mayNotUnshelve(server: Server, { message, hint, requestId }: NubesError): NubesError {
  return new NubesError('NOT_ALLOWED', `${nameOf(server)} is shelved. ${message}`, {
    hint: `your cloud team can unshelve it (openstack server unshelve ${server.id}); or ${hint}`,
    requestId,
  });
}

/** The boot before this start. A stopped VM's console shows it, and a shelved one has none; for a starting one this computer has recorded it. */
async function readEarlierBoot(
  deps: Deps,
  server: Server,
  isOff: boolean,
): Promise<string | undefined> {
  if (!isOff) return earlierBootOf(deps.stateFolder, server.id);
  const boot = (await readConsole(deps, server))?.boot;
  await rememberEarlierBoot(deps, server.id, boot).catch(() => {
    deps.warn('the state folder cannot be written, so a second start may report ready too early.');
  });
  return boot;
}
