import { decide } from '../decision.ts';
import type { Done } from '../deed.ts';
import type { Wish } from '../launch.ts';
import type { Notebook } from '../notebook.ts';
import type { Enter, Patience } from '../notebooks.ts';
import type { Clearance } from './allotment.ts';
import { difference } from './differing.ts';
import { makingSteps } from './making.ts';
import type { ApplyOrder, Plan, Step } from './order.ts';
import type { Listed } from './own-list.ts';
import { type Bench, memoryOf, planned } from './planning.ts';
import { updating } from './updating.ts';

/**
 * What is wished for, and what is there of its set but not wished for. Extra ones are deleted last, so
 * that nothing goes before the rest is there; but first where the rest fits only into their room.
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
    steps: making.waits ? [...cleared.steps, ...steps] : [...steps, ...atOnce],
    remarks,
  };
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
function clearing(steps: readonly Step[]): {
  readonly steps: readonly Step[];
  readonly clearance: Clearance;
} {
  const doomed = steps.filter(({ change }) => change === 'delete');
  const gone: Notebook[] = [];
  let left = doomed.length;
  let allEnded = () => {};
  const ended = new Promise<void>((resolve) => {
    allEnded = resolve;
  });
  const watched = (step: Step): Step => ({
    ...step,
    run: async (enter) => {
      try {
        const done = await step.run(enter);
        if (done.outcome?.failure === undefined && step.notebook !== null) gone.push(step.notebook);
        return done;
      } finally {
        left -= 1;
        if (left === 0) allEnded();
      }
    },
  });
  return {
    steps: steps.map((step) => (step.change === 'delete' ? watched(step) : step)),
    clearance: {
      doomed: doomed.flatMap(({ notebook }) => notebook ?? []),
      cleared: () => ended.then(() => gone),
    },
  };
}
