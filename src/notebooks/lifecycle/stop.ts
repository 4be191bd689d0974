import * as servers from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { NotebookError, stillInProgress } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { lookAt } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { toNotebook } from '../view.ts';
import {
  bounded,
  deadlineOf,
  type OnProgress,
  poll,
  resumable,
  type WaitOptions,
} from '../waiting.ts';
import { act, isStopped } from './nova-action.ts';

/** Powers the VM off and keeps its disk. Succeeds if it is stopped already. */
export async function stop(
  deps: Deps,
  reference: string,
  wait: WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps.world, wait);
  return bounded(deps, reference, deadline, async (within) => {
    const server = await find(within, reference);
    const name = nameOf(server);
    const change = allowedChange({ verb: 'stop' }, name, server);
    if (change === 'same') return toNotebook(within, server);
    onProgress({ name: 'stopping', detail: `${shortVm(server)}; its disk is kept` });
    await act(within, server, servers.stop, isStopped, deadline);

    const read = lookAt(within, server);
    if (wait.until === 'accepted') return toNotebook(within, await read());
    const resume = {
      message: `Stopped waiting; ${name} is still stopping.`,
      hint: `nubes-nb show ${name}`,
    };
    const stopped = await resumable(deps.world, resume, () =>
      poll({ world: deps.world, deadline }, async () => {
        const found = await read();
        return isStopped(found) ? found : undefined;
      }),
    );
    if (stopped !== undefined) return toNotebook(within, stopped);
    const notebook = await toNotebook(within, await read());
    throw new NotebookError(notebook, stillInProgress(name, 'stopping', 'stop'));
  });
}
