import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Desk } from '../deps.ts';
import { earlierBootOf } from '../earlier-boot.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type Outcome, outcomeOf, type Reached } from '../outcome.ts';
import type { Enter } from '../patience.ts';
import { hear } from '../readiness/console-reader.ts';
import { follow, lookAt } from '../readiness/wait-until-ready.ts';
import { statusOf } from '../status.ts';
import { until, watching } from '../waiting.ts';
import { isStopped } from './nova-action.ts';

export type AwaitedState = 'ready' | 'running' | 'stopped' | 'deleted';

/** What to wait for, and until when (milliseconds since the epoch). */
export interface Expectation {
  readonly state: AwaitedState;
  readonly deadline: number;
}

/**
 * Waits until a notebook is in a state, without doing anything about it. Throws NOT_FOUND for one that
 * is not there, also when it is to be deleted.
 */
export async function waitFor(
  desk: Desk,
  reference: string,
  { state, deadline }: Expectation,
  enter: Enter,
): Promise<Outcome> {
  const server = await find(desk, reference);
  const name = nameOf(server);
  const words = {
    message: `Stopped watching ${name}.`,
    hint: `nubes-nb wait ${name} --for ${state} goes on.`,
  };
  const watched = { desk, server, deadline, enter };
  return watching(desk.world, words, async () => {
    const goesUp = state === 'ready' || state === 'running';
    return outcomeOf(desk, await (goesUp ? comesUp(watched, state) : ends(watched, state)));
  });
}

interface Watched {
  readonly desk: Desk;
  readonly server: Server;
  readonly deadline: number;
  readonly enter: Enter;
}

async function comesUp(
  { desk, server, deadline, enter }: Watched,
  goal: 'ready' | 'running',
): Promise<Reached> {
  // What the console of a VM that is not up tells is about the boot before.
  const earlierBoot =
    statusOf(server) === 'running'
      ? earlierBootOf(desk.stateFolder, server.id)
      : (await hear(desk, server))?.boot;
  const look = lookAt(desk, server);
  return follow(desk, server, { goal, deadline, enter, look, earlierBoot });
}

async function ends(
  { desk, server, deadline, enter }: Watched,
  state: 'stopped' | 'deleted',
): Promise<Reached> {
  let latest = server;
  enter({ name: 'waiting', detail: `until ${shortVm(server)} is ${state}` });
  const gone = () => desk.lookout.server(server.id, { leaving: true });
  const look = state === 'stopped' ? lookAt(desk, server) : gone;
  const reached = await until({ world: desk.world, deadline }, async () => {
    const found = await look();
    if (found === undefined) return deleting(server);
    latest = found;
    if (state === 'deleted') return /DELETED$/.test(found.status) ? deleting(found) : undefined;
    return isStopped(found) ? found : undefined;
  });
  if (reached !== undefined) return { server: reached };
  return { server: latest, failure: late(latest, state) };
}

function deleting(server: Server): Server {
  return { ...server, taskState: 'deleting' };
}

function late(server: Server, state: 'stopped' | 'deleted'): NubesError {
  const name = nameOf(server);
  return new NubesError(
    'TIMED_OUT',
    `The time is up: ${name} is not ${state}, but ${statusOf(server)}.`,
    { hint: `nubes-nb wait ${name} --for ${state} goes on waiting.` },
  );
}
