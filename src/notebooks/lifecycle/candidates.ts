import type { Server } from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { nameOf } from '../identity.ts';
import { describe, type ServerNotebook } from '../notebook.ts';
import { type Action, decide } from '../rules.ts';
import { isBeingDeleted, isOn } from '../status.ts';

/** The notebooks that a command without a name may mean. */
export interface Candidates {
  /** The ones that run come first, then the oldest. */
  readonly found: readonly ServerNotebook[];
  /** The user has notebooks, candidates or not. */
  readonly hasAny: boolean;
}

/** The owner's notebooks on which an action has an effect: `start` has none on one that runs. */
export async function candidatesFor(deps: Deps, action: Action): Promise<Candidates> {
  const own = await listOwn(deps);
  const found = own.filter((server) => isCandidate(action, server)).map(describe);
  const rank = ({ status }: ServerNotebook) => (isOn(status) ? 0 : 1);
  return { found: found.sort((one, other) => rank(one) - rank(other)), hasAny: own.length > 0 };
}

function isCandidate(action: Action, server: Server): boolean {
  const awaitsDeletion = action.verb === 'wait' && action.state === 'deleted';
  if (isBeingDeleted(server) && !awaitsDeletion) return false;
  const { change } = decide(action, nameOf(server), server);
  return change === (action.verb === 'show' ? 'same' : action.verb);
}
