import { NubesError } from '../../errors.ts';
import * as actions from '../../openstack/compute/instance-actions.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import {
  deletedMeanwhile,
  inErrorState,
  NotebookError,
  notReadyInTime,
  VmGone,
} from '../errors.ts';
import { wantsFloatingIp } from '../https/certificate.ts';
import { nameOf, shortVm } from '../identity.ts';
import { addressOf } from '../notebook.ts';
import { type Readiness, toReachedNotebook } from '../view.ts';
import { isPastDeadline, type OnProgress, poll } from '../waiting.ts';
import { type JupyterCheck, startJupyterCheck } from './jupyter-check.ts';

export interface ReadyOptions {
  readonly until: 'running' | 'ready';
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly onProgress: OnProgress;
  /** Looks at the server anew. */
  readonly look: () => Promise<Server | undefined>;
  /** The boot that the console told of before a start; only another one counts. */
  readonly earlierBoot?: string | undefined;
  /** A direct notebook gets a floating IP on the way, where one is wanted. */
  readonly floatingIp?: boolean;
}

/** Between two looks at the console, in ms: somebody waits for Jupyter's word. */
const longestSilence = 1_500;

/**
 * Waits for a server that is coming up: building, address, Jupyter. Throws NotebookError with what was
 * reached, and VmGone.
 */
export async function waitUntilReady(
  deps: Deps,
  first: Server,
  goal: ReadyOptions,
): Promise<Readiness> {
  let server = first;
  const seen = (found: Server) => {
    server = found;
    return found;
  };
  let coming: JupyterCheck | undefined;
  try {
    goal.onProgress({ name: 'building', detail: `${shortVm(server)} (${server.name})` });
    await stage(deps, goal, server, async () => {
      const found = await goal.look();
      return found !== undefined && isUp(seen(found)) ? found : undefined;
    });
    goal.onProgress({ name: 'address', ...detail(addressOf(server)?.address) });
    await stage(deps, goal, server, async () => {
      if (addressOf(server) === undefined) seen((await goal.look()) ?? server);
      return addressOf(server);
    });
    if (goal.floatingIp && wantsFloatingIp(server, deps.settings.notebook)) {
      const { withFloatingIp } = await import('../https/floating-ip.ts');
      seen(await withFloatingIp(deps, server, goal.onProgress));
    }
    if (goal.until === 'running') return { server };
    const arriving = startJupyterCheck(deps, server, goal);
    coming = arriving;
    const check = upkeep(deps, server);
    const ready = await stage(
      deps,
      goal,
      server,
      () => check().then(arriving.look),
      longestSilence,
    );
    const jupyter = ready ? 'ready' : undefined;
    return { server, jupyter, packages: arriving.packages() };
  } catch (error) {
    if (!(error instanceof NubesError) || deps.world.interrupted.aborted) throw error;
    const late = isPastDeadline(error, deps, goal.deadline);
    const jupyter = coming?.isSilent() === true ? 'unreachable' : undefined;
    const packages = coming?.packages();
    if (error instanceof VmGone) throw error;
    const notebook = await toReachedNotebook(deps, { server, jupyter, packages });
    throw new NotebookError(notebook, late ? notReadyInTime(nameOf(server)) : error);
  } finally {
    coming?.end();
  }
}

/** A VM may be deleted or go off while its Jupyter is waited for; it is looked at so often, in ms. */
const lookAfter = 10_000;

function upkeep(deps: Deps, server: Server): () => Promise<void> {
  let last = deps.world.now().getTime();
  return async () => {
    const now = deps.world.now().getTime();
    if (now - last < lookAfter) return;
    last = now;
    const found = await readServer(deps, server);
    if (isUp(found) || found.taskState !== null) return;
    const name = nameOf(server);
    throw new NubesError('WRONG_STATE', `The VM of ${name} went off before its Jupyter answered.`, {
      hint: `nubes-nb logs ${name} shows why; nubes-nb start ${name} tries again.`,
    });
  };
}

async function stage<Seen>(
  { world }: Deps,
  { deadline }: ReadyOptions,
  server: Server,
  look: () => Promise<Seen | undefined>,
  maxPauseMs?: number,
): Promise<Seen> {
  const seen = await poll({ world, deadline, maxPauseMs }, look);
  if (seen !== undefined) return seen;
  throw notReadyInTime(nameOf(server));
}

/** Throws when the server can come up no more. */
function isUp(server: Server): boolean {
  if (server.status === 'ERROR') throw inErrorState(server);
  return server.status === 'ACTIVE' && server.taskState === null;
}

/** The present state of a server. Throws VmGone if it was deleted meanwhile. */
export async function readServer(deps: Deps, server: Server): Promise<Server> {
  const found = await deps.watcher.server(server.id);
  if (found !== undefined) return found;
  throw deletedMeanwhile(nameOf(server));
}

/** A start that fails leaves the server SHUTOFF without a task; only the action list tells. */
export async function checkStart(deps: Deps, server: Server): Promise<void> {
  if (server.status !== 'SHUTOFF' || server.taskState !== null) return;
  const [latest] = await actions.list(deps.compute, server.id);
  if (latest?.action !== 'start' || latest.message === null) return;
  const name = nameOf(server);
  throw new NubesError('BUILD_FAILED', `Nova could not start ${name} (${latest.message}).`, {
    hint: `nubes-nb start ${name} tries again; your cloud team can look up the request.`,
    requestId: latest.requestId,
  });
}

function detail(text: string | undefined): { detail?: string } {
  return text === undefined ? {} : { detail: text };
}
