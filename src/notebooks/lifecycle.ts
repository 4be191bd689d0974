import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { ApiError, isStatus } from '../openstack/errors.ts';
import { type Outcome, outcome } from './create.ts';
import { checkStart, follow, hear, lookAt } from './following.ts';
import type { Desk, Enter, Patience } from './notebooks.ts';
import { inTheWay, isProtected, nameOf, stillGoing, wrongState } from './refusals.ts';
import { find } from './search.ts';
import { statusOf } from './state.ts';
import { until, watching } from './waiting.ts';

/** Starts a stopped notebook, or goes on waiting for one that is on its way up. */
export async function startNotebook(
  desk: Desk,
  reference: string,
  patience: Patience,
  enter: Enter,
): Promise<Outcome> {
  const deadline = desk.world.now().getTime() + patience.timeout;
  const server = await find(desk, reference);
  const name = nameOf(server);
  const status = statusOf(server);
  if (
    status === 'error' ||
    status === 'released' ||
    status === 'deleting' ||
    status === 'unknown'
  ) {
    throw wrongState(name, status, 'started');
  }
  const stopped = status === 'stopped' || status === 'stopping';
  const earlierBoot = stopped ? (await hear(desk, server))?.readyBoot : undefined;
  if (stopped) await act(desk, server, servers.start, isRunning, deadline);
  const words = {
    message: `Stopped watching; ${name} goes on starting.`,
    hint: `nubes-nb start ${name} waits until it is ready.`,
  };
  return watching(desk.world, words, async () => {
    const look = lookAt(desk, server);
    const lookUp = async () => {
      const found = await look();
      if (stopped) await checkStart(desk, found);
      return found;
    };
    const first = await look();
    if (patience.goal === 'accepted') return outcome(desk, first, false);
    const reached = await follow(desk, first, {
      goal: patience.goal,
      watch: { world: desk.world, deadline },
      enter,
      look: lookUp,
      earlierBoot,
    });
    if (desk.world.interrupted.aborted) throw reached.failure;
    return outcome(desk, reached.server, reached.ready, reached.failure);
  });
}

/** Powers a notebook off and keeps its disk. One that is stopped already is done. */
export async function stopNotebook(
  desk: Desk,
  reference: string,
  patience: Patience,
  enter: Enter,
): Promise<Outcome> {
  const deadline = desk.world.now().getTime() + patience.timeout;
  const server = await find(desk, reference);
  const name = nameOf(server);
  const status = statusOf(server);
  if (isStopped(server)) return outcome(desk, server, false);
  if (status === 'creating' || status === 'released' || status === 'deleting') {
    throw wrongState(name, status, 'stopped');
  }
  enter({ name: 'stopping', detail: `VM ${server.id.slice(0, 8)}…; its disk is kept` });
  await act(desk, server, servers.stop, isStopped, deadline);
  const look = lookAt(desk, server);
  if (patience.goal === 'accepted') return outcome(desk, await look(), false);
  const words = {
    message: `Stopped watching; ${name} goes on stopping.`,
    hint: `nubes-nb show ${name} tells when it has.`,
  };
  return watching(desk.world, words, async () => {
    const seen = await until({ world: desk.world, deadline }, async () => {
      const found = await look();
      return isStopped(found) ? found : undefined;
    });
    if (seen !== undefined) return outcome(desk, seen, false);
    return outcome(desk, await look(), false, stillGoing(name, 'stopping', 'stop'));
  });
}

/**
 * Asks Nova for an action. After a 409 the server is looked at: the goal may be reached already, or
 * a task may be in the way, which ends; then it is asked once more.
 */
async function act(
  desk: Desk,
  server: Server,
  ask: (compute: Desk['compute'], id: string) => Promise<void>,
  isThere: (server: Server) => boolean,
  deadline: number,
): Promise<void> {
  const refused = await ask(desk.compute, server.id).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused === undefined) return;
  if (!isStatus(refused, 409)) throw refused;
  const idle = await until({ world: desk.world, deadline }, async () => {
    const found = await lookAt(desk, server)();
    return found.taskState === null ? found : undefined;
  });
  if (idle !== undefined && isThere(idle)) return;
  if (idle?.locked === true) throw isProtected(nameOf(server));
  await ask(desk.compute, server.id).catch((error: unknown) => {
    throw error instanceof ApiError && error.status === 409
      ? inTheWay(nameOf(server), error)
      : error;
  });
}

function isStopped({ status, taskState }: Server): boolean {
  return status === 'SHUTOFF' && taskState === null;
}

function isRunning({ status, taskState }: Server): boolean {
  return status === 'ACTIVE' && taskState === null;
}
