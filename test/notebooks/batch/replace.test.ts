import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook, type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  for (const name of ['a', 'b', 'c']) addNotebook(bench, name, inSet);
  addNotebook(bench, 'other', { metadata: { 'nubes-nb:label:set': 'another' } });
  writeFileSync(join(bench.home, 'm.yaml'), 'set: mine\nnotebooks: [{names: [d, e, f]}]\n');
});
afterEach(() => bench.close());

const inSet = { metadata: { 'nubes-nb:label:set': 'mine' } };
const perUser = (limit: number) =>
  bench.configure((toml) => `${toml}\n[limits]\nper_user = ${limit}\n`);
const quota = (limits: Record<string, number>) => {
  const project = bench.sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
  Object.assign(project?.quota ?? {}, { instances: -1, cores: -1, ram: -1 }, limits);
};
const names = () =>
  [...bench.sandbox.cloud.servers.values()]
    .filter(({ status }) => status !== 'DELETED')
    .map(({ metadata }) => metadata['nubes-nb:notebook'])
    .sort();
const changes = () =>
  bench.sandbox.cloud.requests
    .filter(({ path }) => /\/servers(\/[0-9a-f-]{36})?$/.test(path))
    .map(({ method }) => method)
    .filter((method) => method !== 'GET');

describe('apply --prune', () => {
  test.each([
    ['the limit for each user', () => perUser(4)],
    ['the quota of instances', () => [perUser(9), quota({ instances: 4 })]],
    ['the quota of cores', () => [perUser(9), quota({ cores: 8 })]],
  ])('replaces a set at %s: extra ones go first', async (_what, limit) => {
    limit();
    const { stdout } = await bench.nb('apply -f m.yaml --prune --dry-run -q');
    expect(stdout).toBe('a\nb\nc\nd\ne\nf\n');
    const seen = await bench.nb('apply -f m.yaml --prune --yes --no-wait --json');
    expect(countsOf(itemsIn(seen)), seen.stderr).toEqual({ deleted: 3, created: 3 });
    expect(seen.code).toBe(0);
    expect(names()).toEqual(['d', 'e', 'f', 'other']);
    expect(changes().slice(0, 3)).toEqual(['DELETE', 'DELETE', 'DELETE']);
  });

  test('where there is room for both, deletes last', async () => {
    perUser(9);
    quota({});
    const words = 'apply -f m.yaml --prune --yes --no-wait --json --concurrency 1';
    expect((await bench.nb(words)).code).toBe(0);
    expect(changes().slice(-3)).toEqual(['DELETE', 'DELETE', 'DELETE']);
  });

  test('deletes none where one that was to be there first failed', async () => {
    perUser(9);
    quota({});
    const post = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;
    await bench.nb('create z --no-wait');
    bench.sandbox.cloud.faults.next(post, 'error-after-202');
    const seen = await bench.nb('apply -f m.yaml --prune --yes --json --concurrency 4');
    expect(countsOf(itemsIn(seen))).toEqual({ created: 2, failed: 1, skipped: 3 });
    expect(itemsIn(seen).find(({ result }) => result === 'skipped')?.error?.message).toMatch(
      /^Not begun, as [def] was to be there first: /,
    );
    expect(seen.code).toBe(10);
    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'other', 'z']);
  });

  test('deletes none where the rest is given up', async () => {
    perUser(99);
    quota({});
    writeFileSync(join(bench.home, 'm.yaml'), 'set: mine\nnotebooks: [{name: "n{1..12}"}]\n');
    bench.sandbox.cloud.faults.rate('html-503', 1, 1, { service: 'Nova', method: 'POST' });
    const words = 'apply -f m.yaml --prune --yes --json --concurrency 10 --max-failures 5';
    const seen = await bench.nb(words);
    bench.sandbox.cloud.faults.clear();
    expect(itemsIn(seen)).toHaveLength(15);
    expect(names()).toEqual(expect.arrayContaining(['a', 'b', 'c', 'other']));
  });

  test('begins no deletion before the rest is there, with room to work on all at once', async () => {
    perUser(9);
    quota({});
    expect((await bench.nb('apply -f m.yaml --prune --yes --json --concurrency 9')).code).toBe(0);
    expect(changes().slice(-3)).toEqual(['DELETE', 'DELETE', 'DELETE']);
    expect(names()).toEqual(['d', 'e', 'f', 'other']);
  });

  test('without --yes deletes nothing, and so makes nothing', async () => {
    perUser(4);
    expect((await bench.nb('apply -f m.yaml --prune')).code).toBe(2);
    expect(names()).toEqual(['a', 'b', 'c', 'other']);
  });

  test('without --prune there is no room: exit 7', async () => {
    perUser(4);
    expect((await bench.nb('apply -f m.yaml')).code).toBe(7);
  });

  test('makes no more than what has gone leaves room for', async () => {
    perUser(4);
    const stays = [...bench.sandbox.cloud.servers.values()].find(({ name }) => name.endsWith('-b'));
    const deletion = {
      service: 'Nova',
      method: 'DELETE',
      path: new RegExp(stays?.id ?? ''),
    } as const;
    bench.sandbox.cloud.faults.next(deletion, 'html-503', { times: 9 });
    const seen = await bench.nb('apply -f m.yaml --prune --yes --no-wait --json');
    const items = itemsIn(seen);
    expect(countsOf(items)).toEqual({ deleted: 2, failed: 1, created: 2, skipped: 1 });
    expect(items.find(({ result }) => result === 'skipped')).toMatchObject({
      name: 'f',
      error: { code: 'LIMIT_REACHED' },
    });
    expect(names()).toHaveLength(4);
  });

  test('a protected extra one frees nothing', async () => {
    perUser(5);
    addNotebook(bench, 'kept', { ...inSet, locked: true });
    const words = 'apply -f m.yaml --prune --yes --no-wait --json --fit';
    const items = itemsIn(await bench.nb(words));
    expect(countsOf(items)).toEqual({ deleted: 3, failed: 1, created: 3 });
    expect(names()).toEqual(['d', 'e', 'f', 'kept', 'other']);
  });

  test('Ctrl-C while the extra ones go begins nothing more, and a rerun finishes', async () => {
    perUser(4);
    const interruption = new AbortController();
    const words = 'apply -f m.yaml --prune --yes --no-wait --json';
    const seen = await bench.nb(words, {
      interruption,
      onSleep: () => {
        if (changes().length > 0) interruption.abort('SIGINT');
      },
    });
    expect(countsOf(itemsIn(seen))).toEqual({ failed: 3, skipped: 3 });
    expect(seen.code).toBe(130);
    bench.pass(5_000);
    expect((await bench.nb(words)).code).toBe(0);
    expect(names()).toEqual(['d', 'e', 'f', 'other']);
  });
});
