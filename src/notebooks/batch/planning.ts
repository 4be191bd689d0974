import type { Desk } from '../desk.ts';
import { openLookout } from '../lookout.ts';
import { openSurvey } from '../survey.ts';
import { verbsOf } from '../verbs.ts';
import { applySteps } from './applying.ts';
import { deedSteps } from './deeds.ts';
import { openKeyPairs } from './key-pairs.ts';
import { createSteps } from './making.ts';
import type { Order, Plan } from './order.ts';
import { type OwnList, ownList } from './own-list.ts';

/** Looks up what an order comes to. Nothing is changed. Throws what would be wrong with all of it. */
export async function planFor(ownDesk: Desk, order: Order): Promise<Plan> {
  const desk = { ...ownDesk, lookout: openLookout({ ...ownDesk, shared: true }) };
  const survey = openSurvey(desk, { counted: true });
  const keyPairs = openKeyPairs(desk, survey);
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
