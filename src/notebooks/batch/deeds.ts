import { NubesError } from '../../errors.ts';
import { type Decision, decide } from '../decision.ts';
import type { Notebook } from '../notebook.ts';
import type { Enter } from '../notebooks.ts';
import { find } from '../search.ts';
import { presentedAll, tokenUrls } from '../view.ts';
import type { Done } from './item.ts';
import type { Deed, DeedOrder, Plan, Selection, Step, Targets } from './order.ts';
import { ownList } from './own-list.ts';
import { type Bench, memoryOf, planned } from './planning.ts';

/** A verb for many notebooks, which are found with one list. */
export async function deedSteps(bench: Bench, { deed, targets }: DeedOrder): Promise<Plan> {
  const own = await ownList(bench);
  const steps = isSelection(targets)
    ? own.all
        .filter(({ notebook }) => isMeant(notebook, targets, deed, bench.desk.world.now()))
        .map(({ notebook, server }) => {
          const decision = decide(deed, notebook.name, server);
          return stepFor(bench, deed, { reference: notebook.id, notebook, decision });
        })
    : targets.map((reference) => {
        const { listed, decision } = own.decided(deed, reference);
        return stepFor(bench, deed, { reference, notebook: listed?.notebook, decision });
      });
  return { steps, remarks: [] };
}

export function isSelection(targets: Targets): targets is Selection {
  return !Array.isArray(targets);
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

interface Meant {
  readonly reference: string;
  readonly notebook: Notebook | undefined;
  readonly decision: Decision;
}

function stepFor(bench: Bench, deed: Deed, { reference, notebook, decision }: Meant): Step {
  const meant = { reference: notebook?.id ?? reference, decision };
  const name = notebook?.name ?? reference;
  return {
    name,
    ...planned(decision),
    lastSeen: memoryOf(bench, name),
    detail: notebook?.status ?? 'not there',
    notebook: notebook ?? null,
    run: (enter) => carriedOut(bench, deed, meant, enter),
  };
}

/** The verb decides again by what it finds, as the plan is a moment old. */
async function carriedOut(
  bench: Bench,
  deed: Deed,
  { reference, decision }: Omit<Meant, 'notebook'>,
  enter: Enter,
): Promise<Done> {
  const { verbs } = bench;
  switch (deed.verb) {
    case 'start': {
      const outcome = await verbs.start(reference, deed.patience, enter);
      const wasOn = 'change' in decision && decision.change !== 'start';
      const result = wasOn ? 'exists' : 'started';
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
