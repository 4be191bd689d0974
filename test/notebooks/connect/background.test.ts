import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trimLog } from '../../../src/notebooks/connect/background/start.ts';
import { sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();

test('tunnel needs a name except with --list, and refuses --stop with --background', async () => {
  expect((await bench.nb('tunnel')).code).toBe(2);
  expect((await bench.nb('tunnel x --stop --background')).code).toBe(2);
  expect(await bench.nb('tunnel --list --json')).toMatchObject({ code: 0, stdout: '[]\n' });
});

test('shorten keeps the last lines of a long log', async () => {
  const log = join(bench.home, 'a.log');
  const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index} ${'x'.repeat(40)}`);
  writeFileSync(log, `${lines.join('\n')}\n`);
  await trimLog(log);
  const kept = readFileSync(log, 'utf8');
  expect(kept.length).toBeLessThan(33_000);
  expect(kept).toMatch(/^line \d+ x/);
  expect(kept).toContain('line 2999 ');
});
