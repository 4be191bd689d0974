import { NubesError, withoutStop } from '../../errors.ts';
import * as actions from '../../openstack/compute/instance-actions.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { isRefusedByPolicy } from '../../openstack/errors.ts';
import { addressOf, wantsFloatingIp } from '../address.ts';
import type { Deps } from '../deps.ts';
import { deletedMeanwhile, inErrorState, NotebookError, VmGone } from '../errors.ts';
import { halfDone } from '../half-done.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type Readiness, toReachedNotebook } from '../notebook.ts';
import { isShelved, statusOf } from '../status.ts';
import { notReadyInTime } from '../time-out.ts';
import { endsWait, isPastDeadline, type OnProgress, poll } from '../waiting.ts';
import { type CheckResult, type JupyterCheck, startJupyterCheck } from './jupyter-check.ts';

export interface ReadyOptions {
  readonly until: 'running' | 'ready';
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly onProgress: OnProgress;
  /** Reads the server again; undefined: it is not listed yet. */
  readonly refresh: () => Promise<Server | undefined>;
  /** The boot that the console reported before a start; only another one counts. */
  readonly earlierBoot?: string | undefined;
  /** Attach a floating IP to a direct notebook that wants one. */
  readonly floatingIp?: boolean;
}

/** The user waits for the ready marker, so the console is read more often than Nova's servers. */
const maxConsolePauseMs = 1_500;
/** The VM may be deleted or stopped while its Jupyter starts. */
const serverCheckIntervalMs = 10_000;

/**
 * Waits for a server: building, address, Jupyter. Throws VmGone, or NotebookError with the notebook as far
 * as it came.
 */
export async function waitUntilReady(
  deps: Deps,
  first: Server,
  options: ReadyOptions,
): Promise<Readiness> {
  let server = first;
  let jupyterCheck: JupyterCheck | undefined;
  const { onProgress, until, deadline } = options;
  try {
    onProgress({ name: 'building', detail: `${shortVm(server)} (${server.name})` });
    await pollUntil(deps, options, server, async () => {
      const found = await options.refresh();
      if (found !== undefined) server = found;
      return found !== undefined && isRunning(found) ? found : undefined;
    });
    onProgress({ name: 'address', detail: addressOf(server)?.address });
    await pollUntil(deps, options, server, async () => {
      if (addressOf(server) === undefined) server = (await options.refresh()) ?? server;
      return addressOf(server);
    });
    if (options.floatingIp && wantsFloatingIp(server, deps.settings.notebook)) {
      const { withFloatingIp } = await import('../https/floating-ip.ts');
      server = await withFloatingIp(deps, server, onProgress).catch((error: unknown) => {
        throw isPastDeadline(error, deps, deadline)
          ? error
          : withoutFloatingIp(deps, server, error);
      });
    }
    if (until === 'running') return { server };
    const check = startJupyterCheck(deps, server, options);
    jupyterCheck = check;
    const result = await waitForJupyter(deps, server, options, check);
    reportResult(deps, result, check, onProgress);
    const jupyter = result.state === 'ready' ? 'ready' : undefined;
    return { server, jupyter, packages: check.facts().packages };
  } catch (error) {
    if (!(error instanceof NubesError) || deps.world.interrupted.aborted) throw error;
    if (error instanceof VmGone) throw error;
    const { jupyterDown = false, packages } = jupyterCheck?.facts() ?? {};
    const jupyter = jupyterDown ? 'unreachable' : undefined;
    const notebook = await toReachedNotebook(deps, { server, jupyter, packages });
    const isLate = isPastDeadline(error, deps, deadline);
    throw new NotebookError(
      notebook,
      isLate ? notReadyInTime(nameOf(server), statusOf(server)) : error,
    );
  } finally {
    jupyterCheck?.stop();
  }
}

/** Errors about floating IPs themselves name what to do. */
function withoutFloatingIp({ world }: Deps, server: Server, error: unknown): unknown {
  if (!endsWait(error)) return error;
  const name = nameOf(server);
  const half = {
    done: `The VM of ${name} is running`,
    missing: 'Neutron has not confirmed a floating IP for it',
    hint: `nubes-nb start ${name}`,
  };
  return halfDone(error, half, world.interrupted);
}

type FinalResult = Exclude<CheckResult, { readonly state: 'pending' }>;

async function waitForJupyter(
  deps: Deps,
  server: Server,
  options: ReadyOptions,
  { check }: JupyterCheck,
): Promise<FinalResult> {
  const { world } = deps;
  let lastReadMs = world.now().getTime();
  const checkOnce = async () => {
    if (world.now().getTime() - lastReadMs >= serverCheckIntervalMs) {
      lastReadMs = world.now().getTime();
      requireRunning(await readServer(deps, server));
    }
    const result = await check();
    return result.state === 'pending' ? undefined : result;
  };
  return pollUntil(deps, options, server, checkOnce, maxConsolePauseMs);
}

function reportResult(
  { warn, note }: Deps,
  result: FinalResult,
  { facts }: JupyterCheck,
  onProgress: OnProgress,
): void {
  if (result.state === 'unknown') {
    warn(result.why);
    onProgress({ name: 'jupyter', detail: 'cannot be checked' });
    return;
  }
  const caveat = result.via === 'console' ? result.caveat : undefined;
  if (caveat !== undefined) (caveat.level === 'warning' ? warn : note)(caveat.text);
  if (!facts().sshAnswers) onProgress({ name: 'ssh', detail: 'cannot be reached from here' });
  const detail = result.via === 'ssh' ? 'answers' : 'ready according to the console';
  onProgress({ name: 'jupyter', detail });
}

async function pollUntil<Found>(
  { world }: Deps,
  { deadline }: ReadyOptions,
  server: Server,
  read: () => Promise<Found | undefined>,
  maxPauseMs?: number,
): Promise<Found> {
  const found = await poll({ world, deadline, maxPauseMs }, read);
  if (found !== undefined) return found;
  throw notReadyInTime(nameOf(server), statusOf(server));
}

/** Throws if the server is in state ERROR, which it does not leave by itself. */
function isRunning(server: Server): boolean {
  if (server.status === 'ERROR') throw inErrorState(server);
  return server.status === 'ACTIVE' && server.taskState === null;
}

function requireRunning(server: Server): void {
  if (isRunning(server) || server.taskState !== null) return;
  const name = nameOf(server);
  throw new NubesError('WRONG_STATE', `The VM of ${name} stopped before its Jupyter answered.`, {
    hint: `nubes-nb logs ${name}, then nubes-nb start ${name}`,
  });
}

/** The current state of a server. Throws VmGone if it was deleted meanwhile. */
export async function readServer(deps: Deps, server: Server): Promise<Server> {
  const found = await deps.watcher.server(server.id);
  if (found !== undefined && found.status !== 'DELETED') {
    deps.seen.server(found);
    return found;
  }
  deps.seen.missing(nameOf(server));
  throw deletedMeanwhile(nameOf(server));
}

/** Throws if a start has failed: the server is off without a task then, and only its action list shows why. */
export async function checkStart(deps: Deps, server: Server): Promise<void> {
  const shelved = isShelved(server);
  if ((server.status !== 'SHUTOFF' && !shelved) || server.taskState !== null) return;
  const [latest] = await actions.list(deps.compute, server.id).catch((error: unknown) => {
    // Without the list, a failed start ends with the time-out.
    if (isRefusedByPolicy(error)) return [];
    throw error;
  });
  if (latest?.action !== (shelved ? 'unshelve' : 'start') || latest.message === null) return;
  const name = nameOf(server);
  const { requestId, message } = latest;
  const failed = shelved
    ? await actions.failedEvent(deps.compute, server.id, requestId)
    : undefined;
  if (failed === 'schedule_instances') throw noRoomToUnshelve(name, requestId);
  throw new NubesError('BUILD_FAILED', `Nova could not start ${name} (${withoutStop(message)}).`, {
    hint: `nubes-nb start ${name}, or ask your cloud team about the request`,
    requestId,
  });
}

function noRoomToUnshelve(name: string, requestId: string): NubesError {
  return new NubesError('NO_CAPACITY', `The cloud has no room for ${name} now; it stays shelved.`, {
    hint: `nubes-nb start ${name} tries again`,
    requestId,
  });
}
