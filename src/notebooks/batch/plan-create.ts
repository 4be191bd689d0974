import { type ErrorCode, NubesError, withPosition } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { ActionResult } from '../actions.ts';
import { checkFit } from '../create/choose.ts';
import { resolveDuplicates } from '../create/duplicates.ts';
import { creation, ensure, reuseExisting } from '../create/ensure.ts';
import { type CreateOptions, checkAccess } from '../create/submit.ts';
import { comesTo } from '../rules.ts';
import type { OnProgress } from '../waiting.ts';
import { type BatchDeps, lastSeenOf, planned } from './bench.ts';
import { allocateCapacity, noDeletions, type PlannedDeletions } from './capacity.ts';
import type { CreateBatchRequest, Plan, Step } from './plan.ts';
import type { Verdict } from './snapshot.ts';

/** New notebooks, checked as a whole before the first is asked for. */
export async function planCreate(deps: BatchDeps, order: CreateBatchRequest): Promise<Plan> {
  const { steps } = await createSteps(deps, order);
  return { steps, remarks: [] };
}

/** What is to be made, and whether it must wait for what is cleared away before. */
export interface CreateStepOptions {
  readonly steps: readonly Step[];
  readonly waits: boolean;
}

export async function createSteps(
  deps: BatchDeps,
  order: CreateBatchRequest,
  clearance: PlannedDeletions = noDeletions,
): Promise<CreateStepOptions> {
  const { wishes } = order;
  const own = await deps.own();
  const intent = await creation(deps, order);
  const verdicts = new Map(wishes.map((wish) => [wish, own.decided(intent, wish.name)]));
  const missing = [...verdicts].flatMap(([wish, { decision }]) =>
    comesTo(decision, 'create') ? [wish] : [],
  );
  const sizes = await Promise.all(missing.map((wish) => checked(deps, wish)));
  const allotment = await allocateCapacity(deps, own, sizes, { fit: order.fit, clearance });
  const steps = [...verdicts].map(async ([wish, verdict]): Promise<Step> => {
    const { listed, decision, isTwice } = verdict;
    const notebook = listed?.notebook ?? null;
    const at = missing.indexOf(wish);
    return {
      name: wish.name,
      ...planned(decision),
      detail:
        notebook === null
          ? await detailOf(deps, wish)
          : `${notebook.status}${isTwice ? '; a second VM of it will be removed' : ''}`,
      notebook,
      lastSeen: lastSeenOf(deps, wish.name),
      ...(at === -1 ? {} : allotment.placeOf(at)),
      run: (onProgress) =>
        makeOrSettle(deps, wish, { ...order, isTwice, there: listed?.server }, onProgress),
    };
  });
  return { steps: await Promise.all(steps), waits: allotment.waits };
}

/** Throws when something that a notebook is to be made of is not there. */
async function checked(deps: BatchDeps, wish: CreateOptions): Promise<Flavor> {
  checkAccess(deps, wish);
  const { places } = wish;
  const [image, size] = await Promise.all([
    inPlace(places?.image, () => deps.lookups.image(wish)),
    inPlace(places?.size, () => deps.lookups.size(wish)),
    inPlace(places?.network, () => deps.lookups.network(wish)),
    inPlace(places?.key, () => deps.lookups.key(wish)),
  ]);
  await inPlace(places?.size ?? places?.image, async () => checkFit(image, size));
  return size;
}

/** Of many wishes that may be wrong, says where the wrong one is written. */
async function inPlace<Found>(
  place: string | undefined,
  find: () => Promise<Found>,
): Promise<Found> {
  return find().catch((error: unknown) => {
    const isWrong = error instanceof NubesError && wrongWishes.has(error.code);
    throw place !== undefined && isWrong ? withPosition(error, place) : error;
  });
}

const wrongWishes: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'CONFLICT', 'USAGE']);

async function detailOf(deps: BatchDeps, wish: CreateOptions): Promise<string> {
  const [size, image] = await Promise.all([deps.lookups.size(wish), deps.lookups.image(wish)]);
  const labels = Object.entries(wish.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const count = wish.requirements?.length ?? 0;
  const packages = count === 0 ? [] : [`${count} ${count === 1 ? 'package' : 'packages'}`];
  return [size.name, image.name, ...packages, ...labels].join(', ');
}

async function makeOrSettle(
  deps: BatchDeps,
  wish: CreateOptions,
  order: CreateBatchRequest & Pick<Verdict, 'isTwice'> & { readonly there: Server | undefined },
  onProgress: OnProgress,
): Promise<ActionResult> {
  const { isTwice } = order;
  const there = isTwice ? await resolveDuplicates(deps, wish.name, onProgress) : order.there;
  if (there !== undefined) return reuseExisting(deps, there, order, onProgress);
  await deps.keyPairs(wish);
  return ensure(deps, wish, { ...order, lookups: deps.lookups }, onProgress);
}
