import { setMaxListeners } from 'node:events';
import { errorFrom, interruption, type NubesError } from '../../errors.ts';
import type { World } from '../../world.ts';
import { NotebookError, VmGone } from '../errors.ts';
import type { OnProgress } from '../waiting.ts';
import { openCircuitBreaker } from './circuit-breaker.ts';
import type { BatchListener, BatchOptions, BatchResult } from './result.ts';
import { keepUnlessReplaced, type Plan, type Step } from './step.ts';

type BatchWorld = Pick<World, 'now' | 'interrupted'>;

/** Runs the steps of a plan, then its deletions, but only if every step has succeeded. */
export async function runPlan(
  world: BatchWorld,
  { steps, thenDelete }: Plan,
  options: BatchOptions,
  listener: BatchListener,
): Promise<BatchResult[]> {
  const results = await runBatch(world, steps, options, listener);
  const deletions = keepUnlessReplaced(thenDelete, results);
  return [...results, ...(await runBatch(world, deletions, options, listener))];
}

/**
 * Begins the steps in order, `concurrency` at a time. After Ctrl-C, and once the circuit breaker is open, the
 * steps that have not begun are skipped. Returns a result for each step.
 */
export async function runBatch(
  world: BatchWorld,
  steps: readonly Step[],
  { concurrency, maxFailures }: BatchOptions,
  { onProgress, onResult }: BatchListener,
): Promise<BatchResult[]> {
  const results = new Map<Step, BatchResult>();
  const breaker = openCircuitBreaker(maxFailures);
  const queue = steps.values();
  // Every sleeping step listens for Ctrl-C; Node would warn about a leak.
  setMaxListeners(0, world.interrupted);

  const work = async () => {
    for (const step of queue) {
      const skip = reasonToSkip(step) ?? interruptionOf(world) ?? breaker.reason();
      const result =
        skip === undefined
          ? await runStep(world, step, (progress) => onProgress(step.name, progress))
          : skipped(step, skip);
      if (skip === undefined) breaker.record(result.error);
      results.set(step, result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return steps.flatMap((step) => results.get(step) ?? []);
}

async function runStep(
  world: BatchWorld,
  step: Step,
  onProgress: OnProgress,
): Promise<BatchResult> {
  const began = world.now().getTime();
  const finished = (result: Omit<BatchResult, 'name' | 'durationMs'>): BatchResult => ({
    ...result,
    name: step.name,
    durationMs: world.now().getTime() - began,
  });
  let id: string | undefined;
  const noteId: OnProgress = (progress) => {
    id = progress.id ?? id;
    onProgress(progress);
  };
  try {
    const { result, notebook = null, url, guest } = await step.run(noteId);
    return finished({
      result,
      id: notebook?.id ?? null,
      notebook,
      url: url ?? notebook?.url ?? null,
      guest,
      error: null,
    });
  } catch (thrown) {
    const error = errorFrom(thrown, world.interrupted);
    const lastId = error instanceof VmGone ? undefined : id;
    const notebook =
      error instanceof NotebookError
        ? error.notebook
        : ((await step.lastSeen(lastId)) ?? step.notebook);
    const url = notebook?.url ?? null;
    return finished({ result: 'failed', id: notebook?.id ?? lastId ?? null, notebook, url, error });
  }
}

function reasonToSkip({ change, error }: Step): NubesError | undefined {
  return change === 'skip' ? error : undefined;
}

function interruptionOf({ interrupted }: BatchWorld): NubesError | undefined {
  return interrupted.aborted ? interruption(interrupted, 'Not begun: interrupted.') : undefined;
}

function skipped({ name, notebook }: Step, error: NubesError): BatchResult {
  const id = notebook?.id ?? null;
  return { name, result: 'skipped', id, notebook, url: null, durationMs: null, error };
}
