import { NubesError } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import { checkFit } from '../choices.ts';
import { nameOf } from '../identity.ts';
import { checkAccess, nameTaken, type Wish } from '../launch.ts';
import { describe, type Notebook } from '../notebook.ts';
import type { Enter, Patience } from '../notebooks.ts';
import { find } from '../search.ts';
import { presented, presentedAll, tokenUrls } from '../view.ts';
import type { Done } from './item.ts';
import type { ApplyOrder, CreateOrder, IfExists, Plan, Step } from './order.ts';
import type { Bench } from './planning.ts';
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
  const extra = (await ownNotebooks(bench)).filter(
    ({ name, labels }) => set !== undefined && labels['set'] === set && !wished.has(name),
  );
  const steps = extra.map((notebook) => extraStep(bench, notebook, prune));
  return { steps: [...making, ...steps], remarks: differences(making, order.wishes) };
}

async function makingSteps(bench: Bench, order: CreateOrder): Promise<Step[]> {
  const { wishes, fit } = order;
  const own = await ownNotebooks(bench);
  const thereIs = new Map(own.map((notebook) => [notebook.name, notebook]));
  const missing = wishes.filter(({ name }) => !thereIs.has(name));
  const sizes = await Promise.all(missing.map((wish) => checked(bench, wish)));
  const surplus = await surplusOf(bench, own, { missing, sizes, fit });
  return Promise.all(
    wishes.map(async (wish): Promise<Step> => {
      const { name } = wish;
      const notebook = thereIs.get(name) ?? null;
      const change = changeFor(notebook, order.ifExists);
      const detail = notebook === null ? await detailOf(bench, wish) : notebook.status;
      const run = (enter: Enter) => ensure(bench, wish, { ...order, notebook }, enter);
      return { name, change, detail, notebook, run, skip: surplus.get(wish) };
    }),
  );
}

async function ownNotebooks({ desk, survey }: Bench): Promise<Notebook[]> {
  return presentedAll(desk, await survey.own());
}

/** Throws when something that a notebook is to be made of is not there. */
async function checked({ desk, survey }: Bench, wish: Wish): Promise<Flavor> {
  checkAccess(desk, wish);
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

function changeFor(notebook: Notebook | null, ifExists: IfExists): Step['change'] {
  if (notebook === null) return 'create';
  if (ifExists === 'fail') return 'refused';
  return ifExists === 'start' && notebook.status === 'stopped' ? 'start' : 'same';
}

async function detailOf({ survey }: Bench, wish: Wish): Promise<string> {
  const [size, image] = await Promise.all([survey.size(wish), survey.image(wish)]);
  const labels = Object.entries(wish.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const count = wish.requirements?.length ?? 0;
  const packages = count === 0 ? [] : [`${count} ${count === 1 ? 'package' : 'packages'}`];
  return [size.name, image.name, ...packages, ...labels].join(', ');
}

/** Makes the notebook, or does with the one there is what was asked for. */
async function ensure(
  bench: Bench,
  wish: Wish,
  order: CreateOrder & { readonly notebook: Notebook | null },
  enter: Enter,
): Promise<Done> {
  const { ifExists, patience, notebook } = order;
  if (notebook !== null && ifExists === 'fail') throw nameTaken(wish.name, notebook.status);
  if (notebook !== null) return existing(bench, wish.name, order, enter);
  try {
    const created = await bench.verbs.create(wish, patience, enter, bench.survey);
    return { result: 'created', outcome: created, url: created.tokenUrl };
  } catch (error) {
    const taken = error instanceof NubesError && error.code === 'NAME_TAKEN';
    if (!taken || ifExists === 'fail') throw error;
    return existing(bench, wish.name, order, enter);
  }
}

async function existing(
  { desk, survey, verbs }: Bench,
  name: string,
  { ifExists, patience }: CreateOrder,
  enter: Enter,
): Promise<Done> {
  // The plan's list has it, but for one that somebody else has made since.
  const listed = (await survey.own()).filter((each) => nameOf(each) === name);
  const [only] = listed.length === 1 ? listed : [];
  const server = only ?? (await find(desk, name));
  // Another login's token cannot be told; the notebook is there all the same.
  const url = await tokenUrls(desk, server)
    .then((urls) => urls.tokenUrl)
    .catch(() => undefined);
  if (ifExists === 'skip') {
    return { result: 'exists', outcome: { notebook: await presented(desk, server) }, url };
  }
  const wasOff = describe(server).status === 'stopped';
  const outcome = await verbs.start(server.id, patience, enter);
  return { result: wasOff ? 'started' : 'exists', outcome, url };
}

function extraStep({ verbs }: Bench, notebook: Notebook, prune: Patience | undefined): Step {
  const { name, status, id } = notebook;
  const facts = { name, detail: status, notebook };
  if (prune === undefined) {
    return {
      ...facts,
      change: 'extra',
      run: async () => ({ result: 'exists', outcome: { notebook } }),
    };
  }
  return {
    ...facts,
    change: 'delete',
    run: async (enter) => ({ result: 'deleted', outcome: await verbs.remove(id, prune, enter) }),
  };
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
