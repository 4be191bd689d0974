import type { KeyPairs } from '../create/key-pairs.ts';
import type { Lookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import type { Decision } from '../rules.ts';
import { toNotebook } from '../view.ts';
import type { Step } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/** What the steps of one batch share: one server watcher, and what was looked up already. */
export interface BatchDeps extends Deps {
  readonly lookups: Lookups;
  readonly keyPairs: KeyPairs;
  /** The owner's notebooks when planning began; listed once. */
  readonly own: () => Promise<Snapshot>;
}

/** Reads what the watcher saw last of a name, for a step that failed. Makes no request. */
export function lastSeenOf(deps: BatchDeps, name: string): Step['lastSeen'] {
  return async (id) => {
    const seen = deps.watcher.lastNamed(name);
    const server = id === undefined ? seen[0] : seen.find((each) => each.id === id);
    return server === undefined ? undefined : toNotebook(deps, server);
  };
}

/** How a step shows what was decided. */
export function planned(decision: Decision): Pick<Step, 'change' | 'refusal'> {
  return 'refusal' in decision
    ? { change: 'refused', refusal: decision.refusal }
    : { change: decision.change };
}
