import { inWords, NubesError } from '../../errors.ts';
import type { Done } from '../actions.ts';
import type { Wish } from '../create/submit.ts';
import type { Enter, Patience } from '../patience.ts';
import { decide } from '../rules.ts';
import { type Bench, memoryOf, planned } from './bench.ts';
import type { Clearance } from './capacity.ts';
import { difference } from './differing.ts';
import { updating } from './drift.ts';
import type { ApplyOrder, Plan, Step } from './plan.ts';
import { makingSteps } from './plan-create.ts';
import type { Listed } from './snapshot.ts';

/**
 * What is wished for, and what is there of its set but not wished for. Extra ones are deleted last, and
 * only once the rest is there; but first where the rest fits only into their room.
 */
export async function applySteps(bench: Bench, order: ApplyOrder): Promise<Plan> {
  const { prune, wishes } = order;
  const extra = await extraOnes(bench, order);
  const atOnce = extra.map((listed) => extraStep(bench, listed, prune));
  const whenGone = prune === undefined ? undefined : ({ ...prune, goal: 'ready' } as const);
  const cleared = clearing(extra.map((listed) => extraStep(bench, listed, whenGone)));
  const wished = { ...order, verb: 'create', ifExists: 'start' } as const;
  const making = await makingSteps(bench, wished, cleared.clearance);
  const { steps, remarks } = await brought(bench, making.steps, wishes);
  return {
    steps: making.waits ? [...cleared.steps, ...steps] : replacing(bench, steps, atOnce),
    remarks,
  };
}

/** Deletions begin when all the rest has ended well. It stands before them, so all of it has begun by then. */
function replacing(
  { desk }: Bench,
  making: readonly Step[],
  extra: readonly Step[],
): readonly Step[] {
  const { steps, ended } = watched(making);
  const mayBegin = async (): Promise<NubesError | undefined> => {
    const failed = (await ended).find(({ failure }) => failure !== undefined);
    if (failed === undefined) return undefined;
    const { code, message, hint } = inWords(failed.failure, desk.world.interrupted);
    const name = failed.step.name;
    return new NubesError(code, `Not begun, as ${name} was to be there first: ${message}`, {
      hint,
    });
  };
  return [
    ...steps,
    ...extra.map((step) => (step.change === 'delete' ? { ...step, mayBegin } : step)),
  ];
}

async function extraOnes(bench: Bench, { set, wishes }: ApplyOrder): Promise<readonly Listed[]> {
  if (set === undefined) return [];
  const wished = new Set(wishes.map(({ name }) => name));
  const { all } = await bench.own();
  return all.filter(({ notebook: { name, labels } }) => labels['set'] === set && !wished.has(name));
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

/** Those that are there get their labels, and it is told what they cannot get. */
async function brought(
  bench: Bench,
  steps: readonly Step[],
  wishes: readonly Wish[],
): Promise<Plan> {
  const { all } = await bench.own();
  const remarks: string[] = [];
  const updated = steps.map((step) => {
    const wish = wishes.find(({ name }) => name === step.name);
    const there = all.find(({ notebook }) => notebook.id === step.notebook?.id);
    if (wish === undefined || there === undefined) return step;
    const remark = difference(wish, there.server);
    if (remark !== undefined) remarks.push(remark);
    return updating(bench.desk, step, wish, there.server);
  });
  return { steps: updated, remarks };
}

/** Deletions, and when they have all ended. They stand before what waits for them, so all have begun by then. */
function clearing(all: readonly Step[]): {
  readonly steps: readonly Step[];
  readonly clearance: Clearance;
} {
  const doomed = all.filter(({ change }) => change === 'delete');
  const { steps, ended } = watched(doomed);
  const gone = async () =>
    (await ended).flatMap(({ step, failure }) =>
      failure === undefined ? (step.notebook ?? []) : [],
    );
  return {
    steps: all.map((step) => steps[doomed.indexOf(step)] ?? step),
    clearance: { doomed: doomed.flatMap(({ notebook }) => notebook ?? []), cleared: gone },
  };
}

interface Ending {
  readonly step: Step;
  /** Undefined where it ended well. */
  readonly failure: unknown;
}

/** The same steps, and how each has ended, once all have. */
function watched(all: readonly Step[]): {
  readonly steps: readonly Step[];
  readonly ended: Promise<readonly Ending[]>;
} {
  const endings: Ending[] = [];
  let tell = (_endings: readonly Ending[]) => {};
  const ended = new Promise<readonly Ending[]>((resolve) => {
    tell = resolve;
  });
  if (all.length === 0) tell(endings);
  const end = (step: Step, failure: unknown) => {
    endings.push({ step, failure });
    if (endings.length === all.length) tell(endings);
  };
  const steps = all.map(
    (step): Step => ({
      ...step,
      run: async (enter) => {
        try {
          const done = await step.run(enter);
          end(step, done.outcome?.failure);
          return done;
        } catch (error) {
          end(step, error);
          throw error;
        }
      },
    }),
  );
  return { steps, ended };
}
