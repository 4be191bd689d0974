import { setMaxListeners } from 'node:events';
import { errorFrom, interruption, type NubesError } from '../../errors.ts';
import type { World } from '../../world.ts';
import { NotebookError, VmGone } from '../errors.ts';
import { openCircuitBreaker } from './circuit-breaker.ts';
import type { Step } from './plan.ts';
import type { BatchListener, BatchOptions, BatchResult } from './result.ts';

type Clock = Pick<World, 'now' | 'interrupted'>;

/**
 * Takes the steps in their order, several at a time, until all have ended or there is a reason not to
 * begin another one: Ctrl-C, a session that is over, or failures alike in a row. The rest is skipped.
 */
export async function runBatch(
  world: Clock,
  steps: readonly Step[],
  { concurrency, maxFailures }: BatchOptions,
  { entered, ended }: BatchListener,
): Promise<BatchResult[]> {
  const items = new Map<Step, BatchResult>();
  const end = (step: Step, item: BatchResult) => {
    items.set(step, item);
    ended(item);
  };
  const judge = openCircuitBreaker(maxFailures);
  const queue = steps.values();
  // Whoever waits listens, and many at once are no leak.
  setMaxListeners(0, world.interrupted);

  const work = async () => {
    for (const step of queue) {
      const stopped = () => interruptionOf(world) ?? judge.verdict();
      // What waits for nothing begins at once, so that whoever waits for it waits for what has begun.
      let reason = step.skip ?? stopped();
      if (step.mayBegin !== undefined) reason ??= (await step.mayBegin()) ?? stopped();
      if (reason !== undefined) {
        end(step, skipped(step, reason));
        continue;
      }
      const item = await carried(world, step, (phase) => entered(step.name, phase));
      judge.hear(item);
      end(step, item);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return steps.flatMap((step) => items.get(step) ?? []);
}

async function carried(
  world: Clock,
  step: Step,
  onProgress: Parameters<Step['run']>[0],
): Promise<BatchResult> {
  const began = world.now().getTime();
  const ended = (item: Omit<BatchResult, 'name' | 'milliseconds'>): BatchResult => ({
    ...item,
    name: step.name,
    milliseconds: world.now().getTime() - began,
  });
  let id: string | undefined;
  const onStep: typeof onProgress = (phase) => {
    id = phase.id ?? id;
    onProgress(phase);
  };
  try {
    const { result, notebook = null, url } = await step.run(onStep);
    return ended({
      result,
      id: notebook?.id ?? null,
      notebook,
      url: url ?? notebook?.url ?? null,
      failure: null,
    });
  } catch (error) {
    const failure = errorFrom(error, world.interrupted);
    const known = failure instanceof VmGone ? undefined : id;
    const notebook =
      failure instanceof NotebookError
        ? failure.notebook
        : ((await step.lastSeen(known)) ?? step.notebook);
    const url = notebook?.url ?? null;
    return ended({ result: 'failed', id: notebook?.id ?? known ?? null, notebook, url, failure });
  }
}

function skipped({ name, notebook }: Step, failure: NubesError): BatchResult {
  const id = notebook?.id ?? null;
  return { name, result: 'skipped', id, notebook, url: null, milliseconds: null, failure };
}

function interruptionOf({ interrupted }: Clock): NubesError | undefined {
  return interrupted.aborted ? interruption(interrupted, 'Not begun: interrupted.') : undefined;
}
