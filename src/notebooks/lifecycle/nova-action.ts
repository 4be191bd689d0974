import type { Server } from '../../openstack/compute/servers.ts';
import { isStatus } from '../../openstack/errors.ts';
import type { Deps } from '../deps.ts';
import { explainConflict, lockedInNova } from '../errors.ts';
import { nameOf } from '../identity.ts';
import { lookAt } from '../readiness/wait-until-ready.ts';
import { poll } from '../waiting.ts';

/**
 * Asks Nova for an action. After a 409 the server is looked at: the goal may be reached already, or
 * a task may be in the way, which ends; then it is asked once more.
 */
export async function act(
  deps: Deps,
  server: Server,
  ask: (compute: Deps['compute'], id: string) => Promise<void>,
  isThere: (server: Server) => boolean,
  deadline: number,
): Promise<void> {
  const refused = await ask(deps.compute, server.id).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused === undefined) return;
  if (!isStatus(refused, 409)) throw refused;
  const idle = await poll({ world: deps.world, deadline }, async () => {
    const found = await lookAt(deps, server)();
    return found.taskState === null ? found : undefined;
  });
  if (idle !== undefined && isThere(idle)) return;
  if (idle?.locked === true) throw lockedInNova(nameOf(server));
  await ask(deps.compute, server.id).catch(explainConflict(nameOf(server)));
}

export function isStopped({ status, taskState }: Server): boolean {
  return status === 'SHUTOFF' && taskState === null;
}

export function isRunning({ status, taskState }: Server): boolean {
  return status === 'ACTIVE' && taskState === null;
}
