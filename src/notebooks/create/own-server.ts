import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { wantsFloatingIp } from '../address.ts';
import type { Deps } from '../deps.ts';
import { deletedMeanwhile, lostRace, NotebookError, VmGone } from '../errors.ts';
import { nameOf } from '../identity.ts';
import { type Readiness, toNotebook } from '../notebook.ts';
import { waitUntilReady } from '../readiness/wait-until-ready.ts';
import type { ServerWatcher } from '../server-watcher.ts';
import { isBeingDeleted, statusOf } from '../status.ts';
import { notReadyInTime } from '../time-out.ts';
import { isPastDeadline, type OnProgress, type WaitOptions } from '../waiting.ts';
import { withdrawIfOutranked } from './duplicates.ts';
import type { SubmittedServer } from './submit.ts';

export interface OwnWaitOptions extends Pick<WaitOptions, 'until'> {
  readonly deadline: number;
  readonly onProgress: OnProgress;
}

/**
 * Nova counts whole seconds: until the next one a duplicate may appear that is the older one by its id.
 * `accepted` reads only once, so it waits that long first.
 */
const duplicateWindowMs = 1_200;

/** Thrown by a poll that has read a server of the same name: only the story may decide which stays. */
class SiblingRead extends Error {}

/** Waits as `until` says, and deletes the server again if an older one has the name; `wasRead` gets each server read. */
export async function waitForOwn(
  deps: Deps,
  submitted: SubmittedServer,
  { until, deadline, onProgress }: OwnWaitOptions,
  wasRead: (server: Server) => void,
): Promise<Readiness> {
  const { name } = submitted;
  const siblings = new Set<string>();
  const read = async () => {
    const { server, others } = await readOwn(deps, submitted);
    wasRead(server);
    return { server, unknown: others.filter(({ id }) => !siblings.has(id)) };
  };
  if (until === 'accepted') await deps.world.sleep(duplicateWindowMs, deps.world.interrupted);
  for (;;) {
    const { server: first, unknown } = await read().catch((error: unknown) => {
      throw isPastDeadline(error, deps, deadline) ? notReadyInTime(name) : error;
    });
    const isDecided =
      unknown.length === 0 || (await withdrawUnlessKept(deps, first, deadline, onProgress));
    const isLate = deps.world.now().getTime() >= deadline;
    if (isDecided || isLate) for (const { id } of unknown) siblings.add(id);
    if (until === 'accepted') {
      warnOfFloatingIp(deps, first);
      return { server: first };
    }
    const refresh = async () => {
      const latest = await read();
      if (latest.unknown.length > 0) throw new SiblingRead();
      return latest.server;
    };
    const readyOptions = { until, deadline, onProgress, refresh, floatingIp: true };
    const readiness = await waitUntilReady(deps, first, readyOptions).catch((error: unknown) => {
      if (error instanceof SiblingRead) return undefined;
      throw error;
    });
    if (readiness !== undefined) return readiness;
  }
}

/** The server of this create and the others of its name. Throws VmGone. */
async function readOwn(
  { watcher }: Deps,
  { name, id }: SubmittedServer,
): Promise<{ readonly server: Server; readonly others: readonly Server[] }> {
  const all = await watcher.named(name);
  const others = all.filter((server) => server.id !== id);
  // Nova's lists may lag behind.
  const server = all.find((each) => each.id === id) ?? (await readUnlisted(watcher, id));
  if (server !== undefined) return { server, others };
  // Another command on this computer may have taken this create for an interrupted one.
  throw others.length > 0 ? lostRace(name) : deletedMeanwhile(name);
}

async function readUnlisted(watcher: ServerWatcher, id: string): Promise<Server | undefined> {
  const server = await watcher.server(id);
  return server === undefined || isBeingDeleted(server) ? undefined : server;
}

/** Throws NAME_TAKEN once it has deleted this create's server; any other failure with the notebook. */
async function withdrawUnlessKept(
  deps: Deps,
  ours: Server,
  deadline: number,
  onProgress: OnProgress,
): Promise<boolean> {
  return withdrawIfOutranked(deps, ours, onProgress).catch(async (error: unknown) => {
    if (!(error instanceof NubesError) || error instanceof VmGone) throw error;
    const failure = isPastDeadline(error, deps, deadline)
      ? notReadyInTime(nameOf(ours), statusOf(ours))
      : error;
    throw new NotebookError(await toNotebook(deps, ours), failure);
  });
}

function warnOfFloatingIp(deps: Deps, server: Server): void {
  if (!wantsFloatingIp(server, deps.settings.notebook)) return;
  const name = nameOf(server);
  deps.warn(
    `${name} has no floating IP yet: nubes-nb start ${name} waits for its port and adds one`,
  );
}
