import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import type { Change, IfExists, WaitState } from './actions.ts';
import { isDirect } from './address.ts';
import {
  alreadyStopped,
  beingDeleted,
  existsInError,
  inErrorState,
  lockedInNova,
  NoSuchNotebook,
  nameTaken,
  notDirect,
  notRunning,
  wrongState,
} from './errors.ts';
import { requestOf } from './identity.ts';
import { canStart, canStop, isOff, type NotebookStatus, statusOf } from './status.ts';
import type { WaitOptions } from './waiting.ts';

/** An action, with the options that matter for whether it may run. */
export type Action =
  | CreateAction
  | { readonly verb: 'start' | 'stop' | 'show' | 'certify' }
  | RestartAction
  | { readonly verb: 'delete'; readonly ifMissing: 'fail' | 'ok' }
  | { readonly verb: 'wait'; readonly state: WaitState };

/** A new notebook, or the existing one of that name. */
export interface CreateAction {
  readonly verb: 'create';
  readonly ifExists: IfExists;
  readonly until: WaitOptions['until'];
  /** Request ids of creations that this computer waited for and never saw ready. */
  readonly awaited: ReadonlySet<string>;
}

interface RestartAction {
  readonly verb: 'restart';
  readonly hard: boolean;
  /** Defined: only Jupyter is restarted. */
  readonly jupyter?: unknown;
}

/** A change that the rules allow. */
export type AllowedChange = Exclude<Change, 'refused' | 'extra' | 'skip' | 'update'>;

export type Decision =
  | { readonly change: AllowedChange; readonly error?: undefined }
  | { readonly change: 'refused'; readonly error: NubesError };

/**
 * What an action changes on a server, or why it may not run. The only place that decides this: plans show
 * the result for the server as listed, and actions obey it for the server as found later.
 */
export function decide(action: Action, name: string, server: Server | undefined): Decision {
  if (server === undefined) return decideMissing(action, name);
  const status = statusOf(server);
  switch (action.verb) {
    case 'create':
      return decideCreate(action, name, server);
    case 'start':
      return decideStart(name, server);
    case 'stop':
      if (isDown(status)) return allowed('same');
      return canStop(status)
        ? unlessLocked('stop', name, server)
        : refused(wrongState(name, status, 'stopped'));
    case 'restart':
      return decideRestart(action, name, server);
    case 'delete':
      return unlessLocked('delete', name, server);
    case 'certify':
      if (!isDirect(server)) return refused(notDirect(name));
      return status === 'running' ? allowed('certify') : refused(notRunning(name, status));
    case 'wait': {
      const comesUp = action.state === 'ready' || action.state === 'running';
      if (comesUp && status === 'error') return refused(inErrorState(server));
      const isThere = action.state === 'stopped' ? isDown(status) : status === action.state;
      return allowed(isThere ? 'same' : 'wait');
    }
    case 'show':
      return allowed('same');
  }
}

/** The change that the rules allow. Throws the error of a refusal. */
export function allowedChange(action: Action, name: string, server: Server): AllowedChange {
  const { change, error } = decide(action, name, server);
  if (change === 'refused') throw error;
  return change;
}

/** Runs an action; undefined if there is no such notebook and the action does not need one. */
export async function unlessMissing<Result>(
  action: Action,
  run: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    const isMissing = error instanceof NubesError && error.code === 'NOT_FOUND';
    if (isMissing && mayBeMissing(action)) return undefined;
    throw error;
  }
}

function decideMissing(action: Action, name: string): Decision {
  if (action.verb === 'create') return allowed('create');
  return mayBeMissing(action) ? allowed('same') : refused(new NoSuchNotebook(name));
}

function mayBeMissing(action: Action): boolean {
  if (action.verb === 'delete') return action.ifMissing === 'ok';
  return action.verb === 'wait' && action.state === 'deleted';
}

function decideCreate(
  { ifExists, until, awaited }: CreateAction,
  name: string,
  server: Server,
): Decision {
  const status = statusOf(server);
  if (ifExists === 'fail') return refused(nameTaken(name, status));
  if (status === 'error') return refused(existsInError(server));
  if (status === 'deleting') return refused(beingDeleted(name));
  if (ifExists === 'start') return decideStart(name, server);
  const isFirstBoot = status === 'running' && until === 'ready' && awaited.has(requestOf(server));
  const waits = until !== 'accepted' && (isFirstBoot || isComingUp(status));
  return allowed(waits ? 'wait' : 'same');
}

function decideStart(name: string, server: Server): Decision {
  const status = statusOf(server);
  if (!canStart(status)) return refused(wrongState(name, status, 'started'));
  if (isOff(status)) return unlessLocked('start', name, server);
  return allowed(isComingUp(status) ? 'wait' : 'same');
}

function decideRestart({ hard, jupyter }: RestartAction, name: string, server: Server): Decision {
  const status = statusOf(server);
  if (jupyter !== undefined) {
    return status === 'running' ? allowed('restart') : refused(notRunning(name, status));
  }
  if (isDown(status)) return refused(alreadyStopped(name, status));
  const isPossible = status === 'running' || (hard && status === 'error');
  return isPossible
    ? unlessLocked('restart', name, server)
    : refused(wrongState(name, status, 'restarted'));
}

function unlessLocked(change: AllowedChange, name: string, { locked }: Server): Decision {
  return locked ? refused(lockedInNova(name)) : allowed(change);
}

function allowed(change: AllowedChange): Decision {
  return { change };
}

function refused(error: NubesError): Decision {
  return { change: 'refused', error };
}

/** A shelved VM is off as well. */
function isDown(status: NotebookStatus): boolean {
  return status === 'stopped' || status === 'released';
}

function isComingUp(status: NotebookStatus): boolean {
  return status === 'creating' || status === 'starting';
}
