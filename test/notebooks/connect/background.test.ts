import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { trimLog } from '../../../src/notebooks/connect/background/start.ts';
import { hasSsh } from '../../support/ssh.ts';
import { isAlive, tunnelBench } from '../../support/tunnels.ts';

const { bench, nb, listed } = await tunnelBench();

describe.runIf(hasSsh && process.platform === 'linux')('tunnel --background', () => {
  test('tunnel --background returns once the tunnel is open, and a second call prints the same URL', async () => {
    const first = await nb('tunnel x --background');
    expect(first.code).toBe(0);
    expect((await fetch(first.stdout.replace('/lab', '/api'))).status).toBe(200);
    const second = await nb('tunnel x --background');
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    expect(second.stderr).toContain('runs in the background already');
    const [tunnel, ...others] = await listed();
    expect(others).toEqual([]);
    expect(isAlive(tunnel?.pid ?? 0)).toBe(true);
    expect(first.stdout).toBe(`http://127.0.0.1:${tunnel?.localPort}/lab`);
  });

  test('tunnel --stop ends a background tunnel without a request, and exits 3 if there is none', async () => {
    const { stdout } = await nb('tunnel x --background');
    const [tunnel] = await listed();
    const before = bench.sandbox.cloud.requests.length;
    expect((await nb('tunnel x --stop')).stdout).toBe('The tunnel to x is closed.');
    expect(bench.sandbox.cloud.requests.length).toBe(before);
    await expect.poll(() => isAlive(tunnel?.pid ?? 0), { timeout: 5_000 }).toBe(false);
    await expect(fetch(stdout)).rejects.toThrow();
    expect((await nb('tunnel x --stop')).code).toBe(3);
    expect((await nb('tunnel --list')).stderr).toContain('No tunnel runs in the background');
  });
});

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
