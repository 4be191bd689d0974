import type { RequestId, Server } from '../../openstack/compute/servers.ts';
import { isStatus } from '../../openstack/errors.ts';
import type { Deps } from '../deps.ts';
import { explainConflict, explainMissing, lockedInNova } from '../errors.ts';
import { recordAction } from '../history.ts';
import { nameOf } from '../identity.ts';
import { readServer } from '../readiness/wait-until-ready.ts';
import { isShelved } from '../status.ts';
import { poll } from '../waiting.ts';

/** Sends the request of one server action, and returns Nova's id of it. */
type SendAction = (compute: Deps['compute'], server: Server) => Promise<RequestId>;

interface NovaAction {
  /** In the journal, once Nova has accepted it. */
  readonly event: 'started' | 'stopped' | 'restarted';
  readonly send: SendAction;
}

/**
 * Requests a server action. Throws NOT_FOUND if the VM was deleted meanwhile. After a 409 waits until Nova's current task has ended: another command may have
 * done the same by then; otherwise the action is requested once more. `isDone`: the action is not needed.
 */
export async function novaAction(
  deps: Deps,
  server: Server,
  { event, send: sendAction }: NovaAction,
  isDone: (server: Server) => boolean,
  deadline: number,
): Promise<void> {
  const send = async (compute: Deps['compute'], current: Server) => {
    const sent = sendAction(compute, current).catch(explainMissing(nameOf(server)));
    await recordAction(deps.journal, event, server, await sent);
  };
  try {
    return await send(deps.compute, server);
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
  const idle = await poll({ world: deps.world, deadline }, async () => {
    const found = await readServer(deps, server);
    return found.taskState === null ? found : undefined;
  });
  if (idle !== undefined && isDone(idle)) return;
  if (idle?.locked === true) throw lockedInNova(nameOf(server));
  await send(deps.compute, idle ?? server).catch(explainConflict(nameOf(server)));
}

/** Off: a shelved server is, too. */
export function isStopped(server: Server): boolean {
  return (server.status === 'SHUTOFF' || isShelved(server)) && server.taskState === null;
}

export function isRunning({ status, taskState }: Server): boolean {
  return status === 'ACTIVE' && taskState === null;
}
