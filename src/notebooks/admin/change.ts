import { NubesError, sentence, timedOut } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { isRefusedByPolicy, isStatus } from '../../openstack/errors.ts';
import { withDeadline } from '../../openstack/service.ts';
import { rfc3339 } from '../../rfc3339.ts';
import type { Deps } from '../deps.ts';
import { isGone } from '../find.ts';
import { metadataKeys } from '../identity.ts';
import { isRunning, isStopped } from '../lifecycle/nova-action.ts';
import { allowedChange } from '../rules.ts';
import { isShelved } from '../status.ts';
import {
  isPastDeadline,
  lastPollTimeoutMs,
  poll,
  resumable,
  type WaitOptions,
} from '../waiting.ts';
import type { AdminDeps, AnyNotebook } from './list.ts';

export type AdminVerb = 'stop' | 'start' | 'delete';

export interface AdminChange {
  readonly verb: AdminVerb;
  /** Shown to the owner; one line. */
  readonly reason: string;
  /** The user who acts. */
  readonly by: string;
  readonly until: WaitOptions['until'];
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

const maxMetadataLength = 255;

type ChangeDeps = Pick<AdminDeps, 'compute'> & Pick<Deps, 'world' | 'warn'>;

/** By verb: the participles, what Nova is sent, and when it is done. */
const verbs = {
  stop: {
    ...{ doing: 'stopping', done: 'stopped' },
    send: (compute, { id }) => servers.stop(compute, id),
    isDone: (server) => server !== undefined && isStopped(server),
  },
  start: {
    ...{ doing: 'starting', done: 'started' },
    send: (compute, server) =>
      isShelved(server) ? servers.unshelve(compute, server.id) : servers.start(compute, server.id),
    isDone: (server) => server !== undefined && isRunning(server),
  },
  delete: {
    ...{ doing: 'deleting', done: 'deleted' },
    send: (compute, { id }) => servers.remove(compute, id),
    isDone: (server) => server === undefined || server.status === 'DELETED' || isGone(server),
  },
} as const satisfies Record<AdminVerb, VerbRow>;

interface VerbRow {
  readonly doing: string;
  readonly done: string;
  readonly send: (compute: AdminDeps['compute'], server: Server) => Promise<unknown>;
  readonly isDone: (server: Server | undefined) => boolean;
}

/**
 * Changes a notebook of any user and writes who did it, when and why into its metadata, where the owner sees it.
 * False: it was in that state already. Throws WRONG_STATE, NOT_FOUND, NOT_ALLOWED, TIMED_OUT.
 */
export async function changeAny(
  deps: ChangeDeps,
  { id, key }: Pick<AnyNotebook, 'id' | 'key'>,
  change: AdminChange,
): Promise<boolean> {
  const compute = withDeadline(deps.compute, change.deadline + lastPollTimeoutMs);
  const { doing, done, send, isDone } = verbs[change.verb];
  const server = await servers.show(compute, id).catch((error: unknown) => {
    throw isStatus(error, 404) ? gone(key) : error;
  });
  if (changeOf(change.verb, key, server) === 'same') return false;
  if (change.verb !== 'delete') await leaveNotice({ ...deps, compute }, server, change);
  await send(compute, server).catch((error: unknown) => {
    if (isStatus(error, 404)) throw gone(key);
    throw isStatus(error, 409) ? otherTask(key, done) : error;
  });
  if (change.until === 'accepted') return true;
  const hint = `nubes-nb admin show ${id}`;
  const resume = { message: `Stopped waiting; ${key} is still ${doing}.`, hint };
  const { deadline } = change;
  const reached = await resumable(deps.world, resume, () =>
    poll({ world: deps.world, deadline }, async () => {
      const found = await present(compute, id).catch((error: unknown) => {
        if (isPastDeadline(error, deps, deadline)) return server;
        throw error;
      });
      if (found === undefined && change.verb !== 'delete') throw gone(key);
      if (found !== undefined && hasFailed(change.verb, server, found))
        throw failed(key, done, found);
      return isDone(found) ? true : undefined;
    }),
  );
  if (reached === undefined) throw timedOut(`${key} is still ${doing}`, hint);
  return true;
}

/** In ERROR, or for a start off again without a task. */
function hasFailed(verb: AdminVerb, before: Server, { status, taskState }: Server): boolean {
  if (taskState !== null) return false;
  if (status === 'ERROR') return before.status !== 'ERROR';
  return verb === 'start' && (status === 'SHUTOFF' || isShelved({ status }));
}

function failed(key: string, done: string, { id, fault }: Server): NubesError {
  const why = sentence(fault?.message, 'Nova gives no reason');
  return new NubesError('BUILD_FAILED', `${key} was not ${done}: ${why}`, {
    hint: `openstack server event list ${id}`,
  });
}

/** Before the action, as Nova refuses to change metadata during one, and those of a VM in error or shelved. */
async function leaveNotice(
  { compute, world, warn }: ChangeDeps,
  { id }: Server,
  { verb, by, reason }: AdminChange,
): Promise<void> {
  const text = `${by} asked to ${verb} it at ${rfc3339(world.now())}: ${reason}`;
  const notice = [...text].slice(0, maxMetadataLength).join('');
  await servers
    .setMetadata(compute, id, { [metadataKeys.notice]: notice })
    .catch((error: unknown) => {
      // Another action is running, the VM is in error or shelved, or has as many items as Nova takes.
      const isTolerable =
        isStatus(error, 409) || (isStatus(error, 403) && !isRefusedByPolicy(error));
      if (!isTolerable) throw error;
      warn('Nova does not take a notice for the owner in this state.');
    });
}

/** Undefined once Nova no longer has the server. */
async function present(compute: AdminDeps['compute'], id: string): Promise<Server | undefined> {
  return servers.show(compute, id).catch((error: unknown) => {
    if (isStatus(error, 404)) return undefined;
    throw error;
  });
}

/** The rules are those for owners, except that hints name the commands of an administrator. */
function changeOf(verb: AdminVerb, key: string, server: Server): string {
  const action = verb === 'delete' ? ({ verb, ifMissing: 'fail' } as const) : ({ verb } as const);
  try {
    return allowedChange(action, key, server);
  } catch (error) {
    if (!(error instanceof NubesError) || error.code !== 'WRONG_STATE') throw error;
    throw new NubesError(error.code, error.message, { hint: `nubes-nb admin show ${server.id}` });
  }
}

function gone(key: string): NubesError {
  return new NubesError('NOT_FOUND', `${key} was deleted by another command.`, {
    hint: 'nubes-nb admin ls',
  });
}

function otherTask(key: string, done: string): NubesError {
  return new NubesError('WRONG_STATE', `${key} was not ${done}: another action on it is running.`, {
    hint: 'run the same command again in a minute',
  });
}
