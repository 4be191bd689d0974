import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { NotebookError, stillInProgress } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type Notebook, toNotebook } from '../notebook.ts';
import { readServer } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import {
  bounded,
  deadlineOf,
  type OnProgress,
  poll,
  resumable,
  type WaitOptions,
} from '../waiting.ts';
import { isStopped, novaAction } from './nova-action.ts';

/** Powers the VM off and keeps its disk. Succeeds if it is already stopped. Throws WRONG_STATE, NOT_ALLOWED. */
export async function stop(
  deps: Deps,
  reference: string,
  wait: WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps, wait);
  return bounded(deps, reference, deadline, async (limited) => {
    const server = await find(limited, reference);
    const name = nameOf(server);
    const change = allowedChange({ verb: 'stop' }, name, server);
    if (change === 'same') return toNotebook(limited, server);
    onProgress({ name: 'stopping', detail: `${shortVm(server)}; its disk is kept` });
    const send = (compute: Deps['compute'], { id }: Server) => servers.stop(compute, id);
    await novaAction(limited, server, { event: 'stopped', send }, isStopped, deadline);

    const refresh = () => readServer(limited, server);
    if (wait.until === 'accepted') return toNotebook(limited, await refresh());
    const resume = {
      message: `Stopped waiting; ${name} is still stopping.`,
      hint: `nubes-nb wait ${name} --for stopped`,
    };
    const stopped = await resumable(deps.world, resume, () =>
      poll({ world: deps.world, deadline }, async () => {
        const found = await refresh();
        return isStopped(found) ? found : undefined;
      }),
    );
    if (stopped !== undefined) return toNotebook(limited, stopped);
    const notebook = await toNotebook(limited, await refresh());
    throw new NotebookError(notebook, stillInProgress(name, 'stopping', 'stop'));
  });
}
