import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { itemsIn } from '../../support/items.ts';
import { fakeSsh, hasSsh, ownKey } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);

const nb = (words: string, environment: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...key, ...environment } });
const statuses = (seen: { readonly stdout: string }) =>
  itemsIn(seen)
    .map(({ name, status }) => `${name} ${status}`)
    .sort();

test('show --probe of several notebooks probes each that runs', async () => {
  addNotebook(bench, 'off', { status: 'SHUTOFF' });
  await nb('create a b');
  const ssh = fakeSsh(bench, `read -r asked; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`);
  const seen = await nb('show a b off --probe --json', ssh.environment);
  expect(statuses(seen)).toEqual(['a ready', 'b ready', 'off stopped']);
  expect(seen.code).toBe(0);
  expect(ssh.calls()).toHaveLength(2);
  const text = await nb('show a b --probe', ssh.environment);
  expect(text.stdout.match(/Status {5}ready/g)).toHaveLength(2);
});

test('show --probe of several notebooks names those that do not answer and exits 0', async () => {
  await nb('create a b');
  if (!hasSsh) return;
  const seen = await nb('show a b --probe --json', { NUBES_NB_NOTEBOOK_SSH_PORT: '1' });
  expect(statuses(seen)).toEqual(['a unreachable', 'b unreachable']);
  expect(seen.stderr.match(/warning: The VM of [ab] refuses connections/g)).toHaveLength(2);
  expect(seen.code).toBe(0);
});

test('show --label --probe runs at most limits.concurrency probes at a time', async () => {
  bench.configure((toml) => `${toml}\n[limits]\nconcurrency = 2\n`);
  await nb('create a b c d --label k=v');
  const folder = join(bench.home, 'at-work');
  mkdirSync(folder);
  const count = `mkdir "${folder}/$$"; ls "${folder}" | wc -l >> "${bench.home}/counts"`;
  const script = `${count}; read -r asked; sleep 0.1; rmdir "${folder}/$$"; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`;
  const ssh = fakeSsh(bench, script);
  const seen = await nb('show --label k=v --probe --json', ssh.environment);
  expect(statuses(seen)).toEqual(['a ready', 'b ready', 'c ready', 'd ready']);
  expect(ssh.calls()).toHaveLength(4);
  const counts = readFileSync(join(bench.home, 'counts'), 'utf8').trim().split(/\s+/).map(Number);
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  expect(readdirSync(folder)).toEqual([]);
});
