import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { readConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { rememberEarlierBoot } from '../local-state.ts';
import { type Notebook, toNotebook, toReachedNotebook } from '../notebook.ts';
import { readServer, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { bounded, deadlineOf, type OnProgress, resumable, type WaitOptions } from '../waiting.ts';
import { novaAction } from './nova-action.ts';

/** Reboots a running VM. Only the ready marker of the new boot counts. Throws WRONG_STATE, NOT_ALLOWED, NotebookError. */
export async function restart(
  deps: Deps,
  reference: string,
  wait: WaitOptions & { readonly hard: boolean },
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps, wait);
  return bounded(deps, reference, deadline, async (limited) => {
    const { hard, until } = wait;
    const server = await find(limited, reference);
    const name = nameOf(server);
    allowedChange({ verb: 'restart', hard }, name, server);
    const earlierBoot = (await readConsole(limited, server))?.boot;
    await rememberEarlierBoot(limited, server.id, earlierBoot).catch(() => {});
    onProgress({ name: 'restarting', detail: shortVm(server) });
    const send = (compute: Deps['compute'], { id }: Server) =>
      servers.reboot(compute, id, hard ? 'HARD' : 'SOFT');
    await novaAction(limited, server, { event: 'restarted', send }, () => false, deadline);

    const resume = {
      message: `Stopped waiting; ${name} is still restarting.`,
      hint: `nubes-nb wait ${name}`,
    };
    return resumable(deps.world, resume, async () => {
      const refresh = () => readServer(limited, server);
      const first = await refresh();
      if (until === 'accepted') return toNotebook(limited, first);
      const options = { until, deadline, onProgress, refresh, earlierBoot };
      return toReachedNotebook(limited, await waitUntilReady(limited, first, options));
    });
  });
}
