import { NubesError } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { checkFit } from '../choices.ts';
import { decide } from '../decision.ts';
import type { Wish } from '../launch.ts';
import type { Notebook } from '../notebook.ts';
import type { Enter, Patience } from '../notebooks.ts';
import { find } from '../search.ts';
import { creation, settle } from '../settling.ts';
import type { Done } from './item.ts';
import type { ApplyOrder, CreateOrder, Plan, Step } from './order.ts';
import { type Listed, ownList, type Verdict } from './own-list.ts';
import { type Bench, memoryOf, planned } from './planning.ts';
import { roomFor } from './room.ts';

/** New notebooks, checked as a whole before the first is asked for. */
export async function createSteps(bench: Bench, order: CreateOrder): Promise<Plan> {
  return { steps: await makingSteps(bench, order), remarks: [] };
}

/** The same, and what is there but not wished for. */
export async function applySteps(bench: Bench, order: ApplyOrder): Promise<Plan> {
  const making = await makingSteps(bench, { ...order, verb: 'create', ifExists: 'start' });
  const wished = new Set(order.wishes.map(({ name }) => name));
  const { prune, set } = order;
  const extra = (await ownList(bench)).all.filter(
    ({ notebook: { name, labels } }) =>
      set !== undefined && labels['set'] === set && !wished.has(name),
  );
  const steps = extra.map((listed) => extraStep(bench, listed, prune));
  return { steps: [...making, ...steps], remarks: differences(making, order.wishes) };
}

async function makingSteps(bench: Bench, order: CreateOrder): Promise<Step[]> {
  const { wishes, fit } = order;
  const own = await ownList(bench);
  const intent = await creation(bench.desk, order);
  const verdicts = new Map(wishes.map((wish) => [wish, own.decided(intent, wish.name)]));
  const missing = wishes.filter((wish) => isMade(verdicts.get(wish)));
  const sizes = await Promise.all(missing.map((wish) => checked(bench, wish)));
  const notebooks = own.all.map(({ notebook }) => notebook);
  const surplus = await surplusOf(bench, notebooks, { missing, sizes, fit });
  return Promise.all(
    [...verdicts].map(async ([wish, { listed, decision }]): Promise<Step> => {
      const notebook = listed?.notebook ?? null;
      const detail = notebook === null ? await detailOf(bench, wish) : notebook.status;
      const run = (enter: Enter) => ensure(bench, wish, { ...order, there: listed?.server }, enter);
      const skip = surplus.get(wish);
      const lastSeen = memoryOf(bench, wish.name);
      return { name: wish.name, ...planned(decision), detail, notebook, lastSeen, run, skip };
    }),
  );
}

function isMade(verdict: Verdict | undefined): boolean {
  return (
    verdict !== undefined && 'change' in verdict.decision && verdict.decision.change === 'create'
  );
}

/** Throws when something that a notebook is to be made of is not there. */
async function checked({ survey }: Bench, wish: Wish): Promise<Flavor> {
  const [image, size] = await Promise.all([
    survey.image(wish),
    survey.size(wish),
    survey.network(wish),
    survey.key(wish),
  ]);
  checkFit(image, size);
  return size;
}

async function surplusOf(
  { desk, survey }: Bench,
  own: readonly Notebook[],
  wanted: { missing: readonly Wish[]; sizes: readonly Flavor[]; fit: boolean },
): Promise<ReadonlyMap<Wish, NubesError>> {
  const { missing, sizes, fit } = wanted;
  if (missing.length === 0) return new Map();
  const { perUser } = desk.settings.limits;
  const { fitting, refusal } = roomFor(sizes, { limits: await survey.limits(), perUser, own });
  if (refusal === undefined) return new Map();
  if (!fit) throw refusal;
  return new Map(missing.slice(fitting).map((wish) => [wish, refusal]));
}

async function detailOf({ survey }: Bench, wish: Wish): Promise<string> {
  const [size, image] = await Promise.all([survey.size(wish), survey.image(wish)]);
  const labels = Object.entries(wish.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [size.name, image.name, ...labels].join(', ');
}

/** Makes the notebook, or does with the one there is what was asked for. */
async function ensure(
  { desk, survey, verbs }: Bench,
  wish: Wish,
  order: CreateOrder & { readonly there: Server | undefined },
  enter: Enter,
): Promise<Done> {
  const { there, patience } = order;
  if (there !== undefined) return settle(desk, verbs, there, order, enter);
  try {
    const created = await verbs.create(wish, patience, enter, survey);
    return { result: 'created', outcome: created, url: created.tokenUrl };
  } catch (error) {
    const taken = error instanceof NubesError && error.code === 'NAME_TAKEN';
    if (!taken || order.ifExists === 'fail') throw error;
    // Somebody else has made it since the plan.
    return settle(desk, verbs, await find(desk, wish.name), order, enter);
  }
}

function extraStep(bench: Bench, { server, notebook }: Listed, prune?: Patience): Step {
  const { name, status, id } = notebook;
  const facts = { name, detail: status, notebook, lastSeen: memoryOf(bench, name) };
  if (prune === undefined) {
    const run = async (): Promise<Done> => ({ result: 'exists', outcome: { notebook } });
    return { ...facts, change: 'extra', run };
  }
  const decision = decide({ verb: 'delete', ifMissing: 'fail' }, name, server);
  const run = async (enter: Enter): Promise<Done> => ({
    result: 'deleted',
    outcome: await bench.verbs.remove(id, prune, enter),
  });
  return { ...facts, ...planned(decision), run };
}

/** A VM's size and image cannot be changed, which whoever edits a manifest should hear. */
function differences(steps: readonly Step[], wishes: readonly Wish[]): string[] {
  return wishes.flatMap(({ name, size, image }) => {
    const notebook = steps.find((step) => step.name === name)?.notebook;
    if (notebook === null || notebook === undefined) return [];
    const other = [
      ...(size !== undefined && size !== notebook.size.name
        ? [`size ${notebook.size.name}, not ${size}`]
        : []),
      ...(image !== undefined && image !== notebook.image.name
        ? [`image ${notebook.image.name ?? notebook.image.id ?? '?'}, not ${image}`]
        : []),
    ];
    return other.length === 0
      ? []
      : [`${name} has ${other.join(' and ')}; that cannot be changed but by making it anew.`];
  });
}
