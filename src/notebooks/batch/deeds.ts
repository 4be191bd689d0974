import { NubesError } from '../../errors.ts';
import { readReference } from '../name.ts';
import type { Notebook } from '../notebook.ts';
import type { Enter } from '../notebooks.ts';
import { find } from '../search.ts';
import { presentedAll, tokenUrls } from '../view.ts';
import type { Done } from './item.ts';
import type { Deed, DeedOrder, Plan, Selection, Step, Targets } from './order.ts';
import type { Bench } from './planning.ts';

/** A verb for many notebooks, which are found with one list. */
export async function deedSteps(bench: Bench, { deed, targets }: DeedOrder): Promise<Plan> {
  const own = await presentedAll(bench.desk, await bench.survey.own());
  const steps = isSelection(targets)
    ? own
        .filter((notebook) => isMeant(notebook, targets, deed, bench.desk.world.now()))
        .map((notebook) => stepFor(bench, deed, notebook.id, notebook))
    : targets.map((reference) => stepFor(bench, deed, reference, namedBy(own, reference)));
  return { steps, remarks: [] };
}

export function isSelection(targets: Targets): targets is Selection {
  return !Array.isArray(targets);
}

/** Throws USAGE for what can be neither name nor UUID. */
function namedBy(own: readonly Notebook[], text: string): Notebook | undefined {
  const reference = readReference(text);
  const found = own.filter((notebook) =>
    reference.kind === 'id' ? notebook.id === reference.id : notebook.name === reference.name,
  );
  // Of two with one name neither is meant; the verb says so.
  return found.length === 1 ? found[0] : undefined;
}

function isMeant(
  { labels, createdAt, status }: Notebook,
  selection: Selection,
  { verb }: Deed,
  now: Date,
): boolean {
  const { olderThan } = selection;
  const hasLabels = Object.entries(selection.labels).every(([key, value]) => labels[key] === value);
  const past = now.getTime() - new Date(createdAt).getTime();
  const wants = candidates[verb];
  return (
    hasLabels &&
    (olderThan === undefined || past >= olderThan) &&
    (wants === undefined || wants.includes(status))
  );
}

/** A selection is of those that the verb changes; whoever names one hears why it does not. */
const candidates: Readonly<Partial<Record<Deed['verb'], readonly string[]>>> = {
  start: ['stopped', 'stopping'],
  stop: ['running', 'starting', 'unknown'],
  restart: ['running'],
};

function stepFor(
  bench: Bench,
  deed: Deed,
  reference: string,
  notebook: Notebook | undefined,
): Step {
  return {
    name: notebook?.name ?? reference,
    change: changeOf(deed, notebook),
    detail: notebook?.status ?? 'not there',
    notebook: notebook ?? null,
    run: (enter) =>
      carriedOut(bench, deed, { reference: notebook?.id ?? reference, notebook }, enter),
  };
}

function changeOf(deed: Deed, notebook: Notebook | undefined): Step['change'] {
  const { verb } = deed;
  if (notebook === undefined) return mayBeMissing(deed) ? 'same' : 'refused';
  if (verb === 'show') return 'same';
  const isThere =
    (verb === 'stop' && notebook.status === 'stopped') ||
    (verb === 'start' && notebook.status === 'running');
  return isThere ? 'same' : verb;
}

function mayBeMissing(deed: Deed): boolean {
  return (
    (deed.verb === 'delete' && deed.ifMissing === 'ok') ||
    (deed.verb === 'wait' && deed.state === 'deleted')
  );
}

interface Meant {
  readonly reference: string;
  readonly notebook: Notebook | undefined;
}

async function carriedOut(
  bench: Bench,
  deed: Deed,
  { reference, notebook }: Meant,
  enter: Enter,
): Promise<Done> {
  const { verbs } = bench;
  switch (deed.verb) {
    case 'start': {
      const outcome = await verbs.start(reference, deed.patience, enter);
      const result = notebook?.status === 'running' ? 'exists' : 'started';
      const url = deed.showToken ? await urlOf(bench, outcome.notebook.id) : undefined;
      return { result, outcome, url };
    }
    case 'stop':
      return { result: 'stopped', outcome: await verbs.stop(reference, deed.patience, enter) };
    case 'restart':
      return {
        result: 'started',
        outcome:
          deed.jupyter === undefined
            ? await verbs.restart(reference, { ...deed.patience, hard: deed.hard }, enter)
            : await verbs.restartJupyter(reference, { ...deed.patience, ...deed.jupyter }, enter),
      };
    case 'delete':
      return unlessMissing(deed.ifMissing === 'ok', () =>
        verbs.remove(reference, deed.patience, enter),
      );
    case 'wait': {
      const { state, timeout } = deed;
      const done = await unlessMissing(state === 'deleted', () =>
        verbs.waitFor(reference, { state, timeout }, enter),
      );
      return { ...done, result: state === 'stopped' || state === 'deleted' ? state : 'exists' };
    }
    case 'show':
      return shown(bench, reference, deed.showToken);
  }
}

/** One that is not there needs no deletion, where that is good enough. */
async function unlessMissing(
  isFine: boolean,
  work: () => Promise<NonNullable<Done['outcome']>>,
): Promise<Done> {
  try {
    return { result: 'deleted', outcome: await work() };
  } catch (error) {
    const isMissing = error instanceof NubesError && error.code === 'NOT_FOUND';
    if (isMissing && isFine) return { result: 'deleted', outcome: undefined };
    throw error;
  }
}

async function shown({ desk }: Bench, reference: string, showToken: boolean): Promise<Done> {
  const server = await find(desk, reference);
  const [notebook] = await presentedAll(desk, [server]);
  const url = showToken ? (await tokenUrls(desk, server)).tokenUrl : undefined;
  return { result: 'exists', outcome: notebook === undefined ? undefined : { notebook }, url };
}

async function urlOf({ desk }: Bench, id: string): Promise<string | null> {
  return (await tokenUrls(desk, await find(desk, id))).tokenUrl;
}
