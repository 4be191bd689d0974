import { errorFrom, NubesError } from '../../errors.ts';
import type { ActionResult } from '../actions.ts';
import type { CreateOptions } from '../create/submit.ts';
import { remove } from '../lifecycle/delete.ts';
import { decide } from '../rules.ts';
import type { OnProgress, WaitOptions } from '../waiting.ts';
import { type BatchDeps, lastSeenOf, planned } from './bench.ts';
import type { PlannedDeletions } from './capacity.ts';
import { drift } from './differing.ts';
import { driftStep } from './drift.ts';
import type { ApplyBatchRequest, Plan, Step } from './plan.ts';
import { createSteps } from './plan-create.ts';
import type { Match } from './snapshot.ts';

/**
 * What is wished for, and what is there of its set but not wished for. Extra ones are deleted last, and
 * only once the rest is there; but first where the rest fits only into their room.
 */
export async function planApply(deps: BatchDeps, order: ApplyBatchRequest): Promise<Plan> {
  const { prune, wishes } = order;
  const extra = await extraOnes(deps, order);
  const atOnce = extra.map((listed) => extraStep(deps, listed, prune));
  const whenGone = prune === undefined ? undefined : ({ ...prune, until: 'ready' } as const);
  const cleared = clearing(extra.map((listed) => extraStep(deps, listed, whenGone)));
  const wished = { ...order, verb: 'create', ifExists: 'start' } as const;
  const making = await createSteps(deps, wished, cleared.clearance);
  const { steps, remarks } = await brought(deps, making.steps, wishes);
  return {
    steps: making.waits ? [...cleared.steps, ...steps] : replacing(deps, steps, atOnce),
    remarks,
  };
}

/** Deletions begin when all the rest has ended well. It stands before them, so all of it has begun by then. */
function replacing(
  deps: BatchDeps,
  making: readonly Step[],
  extra: readonly Step[],
): readonly Step[] {
  const { steps, ended } = watched(making);
  const mayBegin = async (): Promise<NubesError | undefined> => {
    const failed = (await ended).find(({ failure }) => failure !== undefined);
    if (failed === undefined) return undefined;
    const { code, message, hint } = errorFrom(failed.failure, deps.world.interrupted);
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

async function extraOnes(
  deps: BatchDeps,
  { set, wishes }: ApplyBatchRequest,
): Promise<readonly Match[]> {
  if (set === undefined) return [];
  const wished = new Set(wishes.map(({ name }) => name));
  const { all } = await deps.own();
  return all.filter(({ notebook: { name, labels } }) => labels['set'] === set && !wished.has(name));
}

function extraStep(deps: BatchDeps, { server, notebook }: Match, prune?: WaitOptions): Step {
  const { name, status, id } = notebook;
  const facts = { name, detail: status, notebook, lastSeen: lastSeenOf(deps, name) };
  if (prune === undefined) {
    const run = async (): Promise<ActionResult> => ({ result: 'exists', notebook });
    return { ...facts, change: 'extra', run };
  }
  const decision = decide({ verb: 'delete', ifMissing: 'fail' }, name, server);
  const run = async (onProgress: OnProgress): Promise<ActionResult> => ({
    result: 'deleted',
    notebook: await remove(deps, id, prune, onProgress),
  });
  return { ...facts, ...planned(decision), run };
}

/** Those that are there get their labels, and it is told what they cannot get. */
async function brought(
  deps: BatchDeps,
  steps: readonly Step[],
  wishes: readonly CreateOptions[],
): Promise<Plan> {
  const { all } = await deps.own();
  const remarks: string[] = [];
  const updated = steps.map((step) => {
    const wish = wishes.find(({ name }) => name === step.name);
    const there = all.find(({ notebook }) => notebook.id === step.notebook?.id);
    if (wish === undefined || there === undefined) return step;
    const remark = drift(wish, there.server);
    if (remark !== undefined) remarks.push(remark);
    return driftStep(deps, step, wish, there.server);
  });
  return { steps: updated, remarks };
}

/** Deletions, and when they have all ended. They stand before what waits for them, so all have begun by then. */
function clearing(all: readonly Step[]): {
  readonly steps: readonly Step[];
  readonly clearance: PlannedDeletions;
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
      run: async (onProgress) => {
        try {
          const done = await step.run(onProgress);
          end(step, undefined);
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
