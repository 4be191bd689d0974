import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProcessBench, processBench } from '../support/processes.ts';
import { busyThread, stubbornSsh } from '../support/signals.ts';

let bench: ProcessBench;
beforeAll(async () => {
  bench = await processBench({}, '');
  await bench.nb(['create', 'x', '--wait', 'running']);
}, 60_000);
afterAll(() => bench.close());

test.concurrent.each([busyThread, stubbornSsh])(
  'a first SIGTERM ends the program in ten seconds while it waits for %s',
  async (_what, begin) => {
    const waiting = await begin(bench);
    const began = performance.now();
    waiting.kill('SIGTERM');
    expect(await waiting.ended).toBe(143);
    expect(performance.now() - began).toBeGreaterThan(5_000);
    expect(performance.now() - began).toBeLessThan(12_000);
  },
  30_000,
);
