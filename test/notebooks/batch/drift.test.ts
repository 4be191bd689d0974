import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const manifest = (text: string) => writeFileSync(join(bench.home, 'm.yaml'), text);
manifest('set: mine\nnotebooks: [{names: [a, b], labels: {course: lpd}}]\n');
const labelled = { 'nubes-nb:label:set': 'mine', 'nubes-nb:label:course': 'lpd' };
const metadataOf = (name: string) =>
  [...bench.sandbox.cloud.servers.values()].find(({ name: vm }) => vm === `nb-alice-${name}`)
    ?.metadata;
const writes = () =>
  bench.sandbox.cloud.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/metadata'),
  );

describe('apply to existing notebooks', () => {
  test('apply writes missing labels and the set, and shows them in the plan', async () => {
    addNotebook(bench, 'a', {
      metadata: { 'nubes-nb:label:course': 'old', 'nubes-nb:label:x': 'y' },
    });
    addNotebook(bench, 'b', { status: 'SHUTOFF' });
    const plan = await bench.nb('apply -f m.yaml --dry-run');
    expect(plan.stdout).toBe(
      [
        '~ update  a                        running, course=lpd, set=mine',
        '~ start   b                        stopped, course=lpd, set=mine',
        '',
      ].join('\n'),
    );
    expect(plan.stderr).toBe('Plan: 1 to update, 1 to start. Nothing was done (--dry-run).\n');
    expect(writes()).toEqual([]);
    const seen = await bench.nb('apply -f m.yaml --wait running --json');
    expect(countsOf(itemsIn(seen)), seen.stderr).toEqual({ exists: 1, started: 1 });
    expect(metadataOf('a')).toMatchObject({ ...labelled, 'nubes-nb:label:x': 'y' });
    expect(metadataOf('b')).toMatchObject(labelled);
    for (const { labels } of itemsIn(seen)) expect(labels).toMatchObject({ set: 'mine' });
  });

  test('apply unshelves a shelved notebook before it writes labels, which Nova refuses until then', async () => {
    addNotebook(bench, 'a', { status: 'SHELVED_OFFLOADED' });
    addNotebook(bench, 'b', { metadata: labelled });
    const seen = await bench.nb('apply -f m.yaml --wait running --json');
    expect(countsOf(itemsIn(seen)), seen.stderr).toEqual({ exists: 1, started: 1 });
    expect(metadataOf('a')).toMatchObject(labelled);
  });

  test('apply writes nothing if all labels are the same', async () => {
    addNotebook(bench, 'a', { metadata: labelled });
    addNotebook(bench, 'b', { metadata: { ...labelled, 'nubes-nb:label:x': 'y' } });
    const { code, stderr } = await bench.nb('apply -f m.yaml --wait running');
    expect(code).toBe(0);
    expect(stderr).toContain('Plan: 2 as they are.');
    expect(writes()).toEqual([]);
  });

  test('apply --prune deletes a notebook that got the set from an earlier apply', async () => {
    addNotebook(bench, 'a');
    addNotebook(bench, 'b');
    expect((await bench.nb('apply -f m.yaml --wait running')).code).toBe(0);
    manifest('set: mine\nnotebooks: [{name: a}]\n');
    const seen = await bench.nb('apply -f m.yaml --prune --yes --wait running --json');
    expect(countsOf(itemsIn(seen))).toEqual({ exists: 1, deleted: 1 });
  });

  test('apply writes the expiry once, counted from the creation', async () => {
    manifest('notebooks: [{name: a, expires: 7d}, {name: b, expires: 7d}]\n');
    const created = (await bench.nb('create a --no-wait --json')).stdout;
    const { createdAt } = JSON.parse(created) as { createdAt: string };
    const end = new Date(Date.parse(createdAt) + 7 * 86_400_000).toISOString().slice(0, 19);
    bench.pass(60_000);
    const seen = await bench.nb('apply -f m.yaml --wait running --json');
    expect(seen.stderr).toContain(`~ update  a                        running, expires ${end}Z`);
    expect(metadataOf('a')).toMatchObject({ 'nubes-nb:expires': `${end}Z` });
    bench.pass(3_600_000);
    expect((await bench.nb('apply -f m.yaml --wait running')).stderr).toContain(
      'Plan: 2 as they are.',
    );
    expect(writes()).toHaveLength(1);
  });

  test('apply writes the labels of a notebook in creation after Nova has built it', async () => {
    await bench.nb('create a --no-wait');
    manifest('set: mine\nnotebooks: [{name: a, labels: {course: lpd}}]\n');
    const seen = await bench.nb('apply -f m.yaml --json');
    expect(countsOf(itemsIn(seen)), seen.stderr).toEqual({ exists: 1 });
    expect(itemsIn(seen)).toContainEqual(
      expect.objectContaining({
        name: 'a',
        status: 'ready',
        labels: { course: 'lpd', set: 'mine' },
      }),
    );
    expect(metadataOf('a')).toMatchObject(labelled);
  });

  test('apply whose action fails after the labels were written says that they were', async () => {
    addNotebook(bench, 'a', { status: 'SHUTOFF' });
    manifest('set: mine\nnotebooks: [{name: a}]\n');
    const start = { service: 'Nova', method: 'POST', action: 'os-start' } as const;
    bench.sandbox.cloud.faults.next(start, 'forbidden', { times: 9 });
    const { code, stderr } = await bench.nb('apply -f m.yaml');
    expect(stderr).toMatch(
      /Nova does not let you start a VM.* Its metadata was updated: set=mine\.\n/,
    );
    expect(code).toBe(5);
    expect(metadataOf('a')).toMatchObject({ 'nubes-nb:label:set': 'mine' });
  });

  test('apply whose labels Nova refuses after the action says what was done', async () => {
    await bench.nb('create a --no-wait');
    manifest('set: mine\nnotebooks: [{name: a}]\n');
    const written = { service: 'Nova', method: 'POST', path: /\/metadata$/ } as const;
    bench.sandbox.cloud.faults.next(written, 'forbidden', { times: 9 });
    const { code, stdout } = await bench.nb('apply -f m.yaml --json');
    const [item] = itemsIn({ stdout });
    expect(item).toMatchObject({
      result: 'failed',
      status: 'ready',
      error: { code: 'NOT_ALLOWED' },
    });
    expect(item?.error?.message).toMatch(
      /^a is ready, but Nova has not confirmed that it recorded set=mine: Nova does not let you change the metadata of a VM/,
    );
    expect(code).toBe(5);
  });

  test('apply refuses to label a locked VM and exits 10', async () => {
    addNotebook(bench, 'a', { locked: true });
    addNotebook(bench, 'b', { metadata: labelled });
    expect((await bench.nb('apply -f m.yaml --dry-run')).stdout).toContain('! refused a ');
    const { code, stdout } = await bench.nb('apply -f m.yaml --wait running --json');
    expect(code).toBe(10);
    expect(itemsIn({ stdout }).map(({ result }) => result)).toEqual(['failed', 'exists']);
    expect(writes()).toEqual([]);
  });
});

describe('apply warns about what it cannot change', () => {
  test('apply warns about another idle_timeout and other packages', async () => {
    manifest(
      'notebooks:\n- {name: a, idle_timeout: 2h, requirements: [numpy]}\n- {name: b, requirements: [scipy, numpy]}\n',
    );
    addNotebook(bench, 'a', { metadata: { 'nubes-nb:idle': 'PT3600S' } });
    const made = await bench.nb('apply -f m.yaml --no-wait');
    expect(made.stderr).toContain(
      'warning: a has idle_timeout PT3600S, not PT7200S and none of the packages of requirements; to change that, delete and create it.\n',
    );
    expect(made.stderr).not.toContain('warning: b ');
    bench.pass(600_000);
    manifest('notebooks: [{name: b, requirements: [numpy, scipy]}]');
    expect((await bench.nb('apply -f m.yaml --dry-run')).stderr).not.toContain('warning');
    manifest('notebooks: [{name: b, requirements: [numpy]}]');
    expect((await bench.nb('apply -f m.yaml --dry-run')).stderr).toContain(
      'warning: b has other packages than those of requirements; ',
    );
  });
});
