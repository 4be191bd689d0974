import { openKeyPairs } from '../create/key-pairs.ts';
import { openLookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import { openServerWatcher } from '../server-watcher.ts';
import { planAction } from './plan-action.ts';
import type { BatchRequest } from './request.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import type { BatchDeps, Plan } from './step.ts';

/** Plans a batch and changes nothing. Throws errors that concern the batch as a whole, such as a missing quota. */
export async function plan(deps: Deps, request: BatchRequest): Promise<Plan> {
  const batchDeps = openBatchDeps(deps);
  if ('request' in request) return planAction(batchDeps, request);
  if (request.verb === 'create') {
    const { planCreate } = await import('./plan-create.ts');
    return planCreate(batchDeps, request);
  }
  const { planApply } = await import('./plan-apply.ts');
  return planApply(batchDeps, request);
}

function openBatchDeps(single: Deps): BatchDeps {
  const deps = { ...single, watcher: openServerWatcher({ ...single, shared: true }) };
  const lookups = openLookups(deps, { counted: true });
  let snapshot: Promise<Snapshot> | undefined;
  const own = () => {
    snapshot ??= takeSnapshot(deps, lookups);
    return snapshot;
  };
  return { ...deps, lookups, keyPairs: openKeyPairs(deps, lookups), own };
}
