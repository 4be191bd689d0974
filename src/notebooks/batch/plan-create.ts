import { type ErrorCode, NubesError, placed } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Done } from '../actions.ts';
import { checkFit } from '../create/choose.ts';
import { withoutTwins } from '../create/duplicates.ts';
import { creation, ensure, settle } from '../create/ensure.ts';
import { checkAccess, type Wish } from '../create/submit.ts';
import type { Enter } from '../patience.ts';
import { comesTo } from '../rules.ts';
import { type Bench, memoryOf, planned } from './bench.ts';
import { allot, type Clearance, nothingCleared } from './capacity.ts';
import type { CreateOrder, Plan, Step } from './plan.ts';
import type { Verdict } from './snapshot.ts';

/** New notebooks, checked as a whole before the first is asked for. */
export async function createSteps(bench: Bench, order: CreateOrder): Promise<Plan> {
  const { steps } = await makingSteps(bench, order);
  return { steps, remarks: [] };
}

/** What is to be made, and whether it must wait for what is cleared away before. */
export interface Making {
  readonly steps: readonly Step[];
  readonly waits: boolean;
}

export async function makingSteps(
  bench: Bench,
  order: CreateOrder,
  clearance: Clearance = nothingCleared,
): Promise<Making> {
  const { wishes } = order;
  const own = await bench.own();
  const intent = await creation(bench.desk, order);
  const verdicts = new Map(wishes.map((wish) => [wish, own.decided(intent, wish.name)]));
  const missing = [...verdicts].flatMap(([wish, { decision }]) =>
    comesTo(decision, 'create') ? [wish] : [],
  );
  const sizes = await Promise.all(missing.map((wish) => checked(bench, wish)));
  const allotment = await allot(bench, own, sizes, { fit: order.fit, clearance });
  const steps = [...verdicts].map(async ([wish, verdict]): Promise<Step> => {
    const { listed, decision, isTwice } = verdict;
    const notebook = listed?.notebook ?? null;
    const at = missing.indexOf(wish);
    return {
      name: wish.name,
      ...planned(decision),
      detail:
        notebook === null
          ? await detailOf(bench, wish)
          : `${notebook.status}${isTwice ? '; a second VM of it will be removed' : ''}`,
      notebook,
      lastSeen: memoryOf(bench, wish.name),
      ...(at === -1 ? {} : allotment.placeOf(at)),
      run: (enter) =>
        makeOrSettle(bench, wish, { ...order, isTwice, there: listed?.server }, enter),
    };
  });
  return { steps: await Promise.all(steps), waits: allotment.waits };
}

/** Throws when something that a notebook is to be made of is not there. */
async function checked({ desk, survey }: Bench, wish: Wish): Promise<Flavor> {
  checkAccess(desk, wish);
  const { places } = wish;
  const [image, size] = await Promise.all([
    inPlace(places?.image, () => survey.image(wish)),
    inPlace(places?.size, () => survey.size(wish)),
    inPlace(places?.network, () => survey.network(wish)),
    inPlace(places?.key, () => survey.key(wish)),
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
    throw place !== undefined && isWrong ? placed(error, place) : error;
  });
}

const wrongWishes: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'CONFLICT', 'USAGE']);

async function detailOf({ survey }: Bench, wish: Wish): Promise<string> {
  const [size, image] = await Promise.all([survey.size(wish), survey.image(wish)]);
  const labels = Object.entries(wish.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const count = wish.requirements?.length ?? 0;
  const packages = count === 0 ? [] : [`${count} ${count === 1 ? 'package' : 'packages'}`];
  return [size.name, image.name, ...packages, ...labels].join(', ');
}

async function makeOrSettle(
  { desk, survey, verbs, keyPairs }: Bench,
  wish: Wish,
  order: CreateOrder & Pick<Verdict, 'isTwice'> & { readonly there: Server | undefined },
  enter: Enter,
): Promise<Done> {
  const { isTwice } = order;
  const there = isTwice ? await withoutTwins(desk, wish.name, enter) : order.there;
  if (there !== undefined) return settle(desk, verbs, there, order, enter);
  await keyPairs(wish);
  return ensure(desk, verbs, wish, { ...order, survey }, enter);
}
