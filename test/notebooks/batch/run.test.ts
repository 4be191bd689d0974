import { expect, test } from 'vitest';
import { NubesError } from '../../../src/errors.ts';
import type { Step } from '../../../src/notebooks/batch/plan.ts';
import { runBatch } from '../../../src/notebooks/batch/run.ts';

const world = { now: () => new Date(0), interrupted: new AbortController().signal };
const terms = { concurrency: 3, maxFailures: 1 };
const done = { result: 'created', notebook: undefined, url: undefined } as const;

function step(name: string, run: Step['run']): Step {
  return {
    ...{ name, change: 'create', detail: '', notebook: null },
    lastSeen: async () => undefined,
    run,
  };
}

async function afterTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

test.each(Array.from({ length: 13 }, (_, turns) => turns))(
  'a step that waits for those before it comes to its end, whenever one of them fails (%s)',
  async (turns) => {
    let endOfLast = () => {};
    const ended = new Promise<void>((resolve) => {
      endOfLast = resolve;
    });
    const ending: Step['run'] = async () => {
      await afterTurns(turns);
      return done;
    };
    const failing: Step['run'] = async () => {
      await afterTurns(4);
      throw new NubesError('SERVICE_ERROR', 'Nova reports a failure');
    };
    const last: Step['run'] = async () => {
      endOfLast();
      return done;
    };
    const waiting: Step = {
      ...step('waits', async () => done),
      mayBegin: async () => {
        await ended;
        return undefined;
      },
    };
    const listener = { entered: () => {}, ended: () => {} };
    const steps = [
      step('fails', failing),
      step('ends', ending),
      step('ends too', ending),
      step('is taken', last),
      waiting,
    ];
    const items = runBatch(world, steps, terms, listener);
    const still = new Promise((resolve) => setImmediate(() => setImmediate(resolve, 'it hangs')));
    expect(await Promise.race([items, still])).toHaveLength(5);
  },
);
