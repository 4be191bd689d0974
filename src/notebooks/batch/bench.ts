import type { KeyPairs } from '../create/key-pairs.ts';
import type { Survey } from '../create/lookups.ts';
import type { Desk } from '../deps.ts';
import type { Decision } from '../rules.ts';
import type { Verbs } from '../verbs.ts';
import { presented } from '../view.ts';
import type { Step } from './plan.ts';
import type { OwnList } from './snapshot.ts';

/** What the steps of one batch share: a lookout, and what was looked up before. */
export interface Bench {
  readonly desk: Desk;
  readonly survey: Survey;
  readonly verbs: Verbs;
  readonly keyPairs: KeyPairs;
  /** The owner's notebooks when the plan was begun: read once, however many parts of it look. */
  readonly own: () => Promise<OwnList>;
}

/** What is known of a name without asking, for a step that was broken off. */
export function memoryOf({ desk }: Bench, name: string): Step['lastSeen'] {
  return async (id) => {
    const seen = desk.lookout.lastNamed(name);
    const server = id === undefined ? seen[0] : seen.find((each) => each.id === id);
    return server === undefined ? undefined : presented(desk, server);
  };
}

/** How a step shows what was decided. */
export function planned(decision: Decision): Pick<Step, 'change' | 'refusal'> {
  return 'refusal' in decision
    ? { change: 'refused', refusal: decision.refusal }
    : { change: decision.change };
}
