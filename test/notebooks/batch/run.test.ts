import { describe, expect, test } from 'vitest';
import { NubesError } from '../../../src/errors.ts';
import { runPlan } from '../../../src/notebooks/batch/run.ts';
import type { Plan, Step } from '../../../src/notebooks/batch/step.ts';

const created = { result: 'created', notebook: undefined } as const;
const deleted = { result: 'deleted', notebook: undefined } as const;
const outage = () => new NubesError('SERVICE_ERROR', 'Nova reports a failure.');

/** Runs a plan whose steps write into `log` when they begin and end. */
async function runLogged(
  steps: Readonly<Record<string, Partial<Step>>>,
  thenDelete: Readonly<Record<string, Partial<Step>>>,
  { concurrency = 3, maxFailures = 5, interruption = new AbortController() } = {},
) {
  const log: string[] = [];
  const stepOf = (change: 'create' | 'delete') => (entry: [string, Partial<Step>]) => {
    const [name, { run = async () => (change === 'create' ? created : deleted), ...more }] = entry;
    const logged: Step['run'] = async (onProgress) => {
      log.push(`${name} begins`);
      try {
        return await run(onProgress);
      } finally {
        log.push(`${name} ends`);
      }
    };
    const facts = { name, change, detail: '', notebook: null, lastSeen: async () => undefined };
    return { ...facts, ...more, run: logged };
  };
  const plan: Plan = {
    steps: Object.entries(steps).map(stepOf('create')),
    thenDelete: Object.entries(thenDelete).map(stepOf('delete')),
    warnings: [],
  };
  const world = { now: () => new Date(0), interrupted: interruption.signal };
  const seen: string[] = [];
  const results = await runPlan(
    world,
    plan,
    { concurrency, maxFailures },
    { onProgress: () => {}, onResult: ({ name }) => seen.push(name) },
  );
  const brief = results.map(({ name, result }) => `${name} ${result}`);
  return { log, results, brief, seen };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

function taking(count: number): Partial<Step> {
  return {
    run: async () => {
      await turns(count);
      return created;
    },
  };
}

function failing(error: NubesError, count = 0): Partial<Step> {
  return {
    run: async () => {
      await turns(count);
      throw error;
    },
  };
}

describe('runPlan', () => {
  test.each([1, 2, 3, 9])(
    'begins no deletion before every other step has ended, with %i workers',
    async (concurrency) => {
      const steps = { a: taking(7), b: taking(0), c: taking(31), d: taking(3) };
      const { log, brief } = await runLogged(steps, { x: {}, y: {} }, { concurrency });
      expect(brief).toEqual([
        ...['a created', 'b created', 'c created', 'd created'],
        ...['x deleted', 'y deleted'],
      ]);
      const firstDeletion = log.findIndex((line) => /^[xy] begins/.test(line));
      expect(firstDeletion).toBe(8);
    },
  );

  test.each([0, 1, 5, 40])(
    'deletes nothing if a step fails, whenever it fails (%i turns)',
    async (count) => {
      const { log, results, brief } = await runLogged(
        { a: taking(9), b: failing(outage(), count), c: taking(4) },
        { x: {}, y: {} },
      );
      expect(brief).toEqual(['a created', 'b failed', 'c created', 'x skipped', 'y skipped']);
      expect(log).not.toContain('x begins');
      expect(results.at(-1)?.error).toMatchObject({
        code: 'SERVICE_ERROR',
        message: 'Not begun, because b has to be ready first: Nova reports a failure.',
      });
    },
  );

  test('deletes nothing if a step was skipped because there is no room for it', async () => {
    const error = new NubesError('QUOTA_EXCEEDED', 'No cores are free.');
    const { brief, log } = await runLogged({ a: {}, b: { change: 'skip', error } }, { x: {} });
    expect(brief).toEqual(['a created', 'b skipped', 'x skipped']);
    expect(log).toEqual(['a begins', 'a ends']);
  });

  test('deletes nothing after Ctrl-C during the other steps', async () => {
    const interruption = new AbortController();
    const run: Step['run'] = async () => {
      interruption.abort('SIGINT');
      return created;
    };
    const { brief, results } = await runLogged({ a: { run } }, { x: {} }, { interruption });
    expect(brief).toEqual(['a created', 'x skipped']);
    expect(results[1]?.error).toMatchObject({
      code: 'INTERRUPTED',
      message: 'Not begun: interrupted.',
    });
  });

  test('deletes at once if there are no other steps', async () => {
    expect((await runLogged({}, { x: {} })).brief).toEqual(['x deleted']);
  });

  test('fails a refused deletion with its own error even if nothing is deleted', async () => {
    const locked = new NubesError('NOT_ALLOWED', 'x is protected.');
    const refused = { change: 'refused', error: locked, ...failing(locked) } as const;
    const { results } = await runLogged({ a: failing(outage()) }, { x: refused, y: {} });
    expect(results.map(({ result, error }) => `${result} ${error?.code}`)).toEqual([
      'failed SERVICE_ERROR',
      'failed NOT_ALLOWED',
      'skipped SERVICE_ERROR',
    ]);
  });
});

describe('runBatch', () => {
  test('never runs more steps at a time than --concurrency', async () => {
    const steps = Object.fromEntries(
      [9, 1, 5, 2, 7, 3].map((count, at) => [`${at}`, taking(count)]),
    );
    const { log } = await runLogged(steps, {}, { concurrency: 2 });
    let running = 0;
    const counts = log.map((line) => {
      running += line.endsWith('begins') ? 1 : -1;
      return running;
    });
    expect(Math.max(...counts)).toBe(2);
  });

  test('skips the steps that have not begun once the circuit breaker is open', async () => {
    const steps = { a: failing(outage()), b: failing(outage()), c: {}, d: {} };
    const { brief, results } = await runLogged(steps, {}, { concurrency: 1, maxFailures: 2 });
    expect(brief).toEqual(['a failed', 'b failed', 'c skipped', 'd skipped']);
    expect(results[2]?.error?.message).toBe(
      'Not begun after 2 consecutive failures: Nova reports a failure.',
    );
  });

  test('returns results in the order of the steps and reports them in the order they end', async () => {
    const { brief, seen } = await runLogged({ a: taking(20), b: taking(1), c: taking(5) }, {});
    expect(brief).toEqual(['a created', 'b created', 'c created']);
    expect(seen).toEqual(['b', 'c', 'a']);
  });
});
