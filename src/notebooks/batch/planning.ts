import { openKeyPairs } from '../create/key-pairs.ts';
import { openLookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import { openServerWatcher } from '../server-watcher.ts';
import type { BatchDeps } from './bench.ts';
import type { BatchRequest, Plan } from './plan.ts';
import { planAction } from './plan-action.ts';
import { planApply } from './plan-apply.ts';
import { planCreate } from './plan-create.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

/** Plans a batch and changes nothing. Throws what would be wrong with all of it. */
export async function plan(ownDeps: Deps, request: BatchRequest): Promise<Plan> {
  const deps = { ...ownDeps, watcher: openServerWatcher({ ...ownDeps, shared: true }) };
  const lookups = openLookups(deps, { counted: true });
  const keyPairs = openKeyPairs(deps, lookups);
  let snapshot: Promise<Snapshot> | undefined;
  const own = () => {
    snapshot ??= takeSnapshot(deps, lookups);
    return snapshot;
  };
  const batch: BatchDeps = { ...deps, lookups, keyPairs, own };
  if ('request' in request) return planAction(batch, request);
  if (request.verb === 'create') return planCreate(batch, request);
  return planApply(batch, request);
}
