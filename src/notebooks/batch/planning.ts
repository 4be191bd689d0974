import type { Decision } from '../decision.ts';
import { openLookout } from '../lookout.ts';
import type { Desk } from '../notebooks.ts';
import { openSurvey, type Survey } from '../survey.ts';
import { type Verbs, verbsOf } from '../verbs.ts';
import { presented } from '../view.ts';
import { applySteps } from './applying.ts';
import { deedSteps } from './deeds.ts';
import { type KeyPairs, openKeyPairs } from './key-pairs.ts';
import { createSteps } from './making.ts';
import type { Order, Plan, Step } from './order.ts';
import { type OwnList, ownList } from './own-list.ts';

/** What the steps of one batch share: a lookout, and what was looked up before. */
export interface Bench {
  readonly desk: Desk;
  readonly survey: Survey;
  readonly verbs: Verbs;
  readonly keyPairs: KeyPairs;
  /** The owner's notebooks when the plan was begun: read once, however many parts of it look. */
  readonly own: () => Promise<OwnList>;
}

/** Looks up what an order comes to. Nothing is changed. Throws what would be wrong with all of it. */
export async function planFor(ownDesk: Desk, order: Order): Promise<Plan> {
  const desk = { ...ownDesk, lookout: openLookout({ ...ownDesk, shared: true }) };
  const survey = openSurvey(desk, { counted: true });
  const keyPairs = openKeyPairs({ desk, survey });
  let list: Promise<OwnList> | undefined;
  const own = () => {
    list ??= ownList(desk, survey);
    return list;
  };
  const bench = { desk, survey, verbs: verbsOf(desk), keyPairs, own };
  if ('deed' in order) return deedSteps(bench, order);
  if (order.verb === 'create') return createSteps(bench, order);
  return applySteps(bench, order);
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
