import type { KeyPairs } from '../create/key-pairs.ts';
import type { Lookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import type { Decision } from '../rules.ts';
import type { Verbs } from '../verbs.ts';
import { toNotebook } from '../view.ts';
import type { Step } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/** What the steps of one batch share: a lookout, and what was looked up before. */
export interface BatchDeps {
  readonly deps: Deps;
  readonly lookups: Lookups;
  readonly verbs: Verbs;
  readonly keyPairs: KeyPairs;
  /** The owner's notebooks when the plan was begun: read once, however many parts of it look. */
  readonly own: () => Promise<Snapshot>;
}

/** What is known of a name without asking, for a step that was broken off. */
export function memoryOf({ deps }: BatchDeps, name: string): Step['lastSeen'] {
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
