import { openKeyPairs } from '../create/key-pairs.ts';
import { openLookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import { openServerWatcher } from '../server-watcher.ts';
import { verbsOf } from '../verbs.ts';
import type { BatchRequest, Plan } from './plan.ts';
import { planAction } from './plan-action.ts';
import { planApply } from './plan-apply.ts';
import { planCreate } from './plan-create.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

/** Looks up what an order comes to. Nothing is changed. Throws what would be wrong with all of it. */
export async function planFor(ownDeps: Deps, order: BatchRequest): Promise<Plan> {
  const deps = { ...ownDeps, watcher: openServerWatcher({ ...ownDeps, shared: true }) };
  const lookups = openLookups(deps, { counted: true });
  const keyPairs = openKeyPairs(deps, lookups);
  let list: Promise<Snapshot> | undefined;
  const own = () => {
    list ??= takeSnapshot(deps, lookups);
    return list;
  };
  const batch = { deps, lookups, verbs: verbsOf(deps), keyPairs, own };
  if ('request' in order) return planAction(batch, order);
  if (order.verb === 'create') return planCreate(batch, order);
  return planApply(batch, order);
}
