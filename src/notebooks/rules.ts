import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import type { ActionRequest, Change, IfExists } from './actions.ts';
import {
  alreadyStopped,
  beingDeleted,
  existsInError,
  inErrorState,
  lockedInNova,
  nameTaken,
  noSuchNotebook,
  notDirect,
  notRunning,
  wrongState,
} from './errors.ts';
import { isDirect } from './https/certificate.ts';
import { requestOf } from './identity.ts';
import { canStart, canStop, isOff, type NotebookStatus, statusOf } from './status.ts';
import type { WaitOptions } from './waiting.ts';

/** What is wished for one name. */
export type Intended =
  | CreateIntended
  | { readonly verb: 'start' | 'stop' | 'show' | 'certify' }
  | { readonly verb: 'restart'; readonly hard: boolean; readonly jupyter?: unknown }
  | Pick<Extract<ActionRequest, { readonly verb: 'delete' }>, 'verb' | 'ifMissing'>
  | Pick<Extract<ActionRequest, { readonly verb: 'wait' }>, 'verb' | 'state'>;

/** A new notebook, or the one there is. */
export interface CreateIntended {
  readonly verb: 'create';
  readonly ifExists: IfExists;
  readonly until: WaitOptions['until'];
  /** The requests of creations that this computer waited for and never saw ready. */
  readonly awaited: ReadonlySet<string>;
}

export type DecidedChange = Exclude<Change, 'refused' | 'extra'>;

/** What that comes to. */
export type Decision = { readonly change: DecidedChange } | { readonly refusal: NubesError };

/** The one place that decides it: plans show it, and verbs act by it. */
export function decide(intent: Intended, name: string, server: Server | undefined): Decision {
  if (server === undefined) return ofNone(intent, name);
  const status = statusOf(server);
  switch (intent.verb) {
    case 'create':
      return ofTaken(intent, name, server);
    case 'start':
      return starting(name, server);
    case 'stop':
      if (status === 'stopped') return { change: 'same' };
      if (!canStop(status)) return { refusal: wrongState(name, status, 'stopped') };
      return unlessLocked(name, server, 'stop');
    case 'restart':
      return restarting(intent, name, server);
    case 'delete':
      return unlessLocked(name, server, 'delete');
    case 'certify':
      return certifying(name, server);
    case 'wait':
      return waiting(intent.state, server);
    case 'show':
      return { change: 'same' };
  }
}

/** The change, where it may be. Throws the refusal. */
export function allowedChange(intent: Intended, name: string, server: Server): DecidedChange {
  const decision = decide(intent, name, server);
  if ('refusal' in decision) throw decision.refusal;
  return decision.change;
}

/** Whether it is that very change. */
export function comesTo(decision: Decision, change: DecidedChange): boolean {
  return 'change' in decision && decision.change === change;
}

function ofNone(intent: Intended, name: string): Decision {
  if (intent.verb === 'create') return { change: 'create' };
  return mayBeMissing(intent) ? { change: 'same' } : { refusal: noSuchNotebook(name) };
}

/** One that is not there is as good as done. */
function mayBeMissing(intent: Intended): boolean {
  if (intent.verb === 'delete') return intent.ifMissing === 'ok';
  return intent.verb === 'wait' && intent.state === 'deleted';
}

/** What work comes to; undefined for a notebook that is not there, and need not be. */
export async function unlessMissing<Result>(
  intent: Intended,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    const isMissing = error instanceof NubesError && error.code === 'NOT_FOUND';
    if (isMissing && mayBeMissing(intent)) return undefined;
    throw error;
  }
}

function ofTaken(
  { ifExists, until, awaited }: CreateIntended,
  name: string,
  server: Server,
): Decision {
  const status = statusOf(server);
  if (ifExists === 'fail') return { refusal: nameTaken(name, status) };
  if (status === 'error') return { refusal: existsInError(name, server.fault?.message) };
  if (status === 'deleting') return { refusal: beingDeleted(name) };
  if (ifExists === 'start') return starting(name, server);
  const boots = status === 'running' && until === 'ready' && awaited.has(requestOf(server));
  const waits = until !== 'accepted' && (boots || comesUp(status));
  return { change: waits ? 'wait' : 'same' };
}

function starting(name: string, server: Server): Decision {
  const status = statusOf(server);
  if (!canStart(status)) return { refusal: wrongState(name, status, 'started') };
  if (isOff(status)) return unlessLocked(name, server, 'start');
  return { change: comesUp(status) ? 'wait' : 'same' };
}

function restarting(
  { hard, jupyter }: Extract<Intended, { readonly verb: 'restart' }>,
  name: string,
  server: Server,
): Decision {
  const status = statusOf(server);
  if (jupyter !== undefined) {
    return status === 'running' ? { change: 'restart' } : { refusal: notRunning(name, status) };
  }
  if (status === 'stopped') return { refusal: alreadyStopped(name) };
  const can = status === 'running' || (hard && status === 'error');
  if (!can) return { refusal: wrongState(name, status, 'restarted') };
  return unlessLocked(name, server, 'restart');
}

function certifying(name: string, server: Server): Decision {
  if (!isDirect(server)) return { refusal: notDirect(name) };
  const status = statusOf(server);
  return status === 'running' ? { change: 'certify' } : { refusal: notRunning(name, status) };
}

function waiting(
  state: Extract<Intended, { readonly verb: 'wait' }>['state'],
  server: Server,
): Decision {
  const status = statusOf(server);
  const goesUp = state === 'ready' || state === 'running';
  if (goesUp && status === 'error') return { refusal: inErrorState(server) };
  return { change: status === state ? 'same' : 'wait' };
}

function unlessLocked(name: string, { locked }: Server, change: DecidedChange): Decision {
  return locked ? { refusal: lockedInNova(name) } : { change };
}

function comesUp(status: NotebookStatus): boolean {
  return status === 'creating' || status === 'starting';
}
