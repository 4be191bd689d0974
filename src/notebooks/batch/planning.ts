import { openKeyPairs } from '../create/key-pairs.ts';
import { openSurvey } from '../create/lookups.ts';
import type { Desk } from '../deps.ts';
import { openLookout } from '../server-watcher.ts';
import { verbsOf } from '../verbs.ts';
import type { Order, Plan } from './plan.ts';
import { deedSteps } from './plan-action.ts';
import { applySteps } from './plan-apply.ts';
import { createSteps } from './plan-create.ts';
import { type OwnList, ownList } from './snapshot.ts';

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
