import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const inSet = { metadata: { 'nubes-nb:label:set': 'mine' } };
const bench = await sharedBench();
for (const name of ['a', 'b', 'c']) addNotebook(bench, name, inSet);
addNotebook(bench, 'other', { metadata: { 'nubes-nb:label:set': 'another' } });
writeFileSync(join(bench.home, 'm.yaml'), 'set: mine\nnotebooks: [{names: [d, e, f]}]\n');

const perUser = (limit: number) =>
  bench.configure(
    (toml) =>
      `${toml.replace(/\n\[limits\]\nper_user = \d+\n/, '')}\n[limits]\nper_user = ${limit}\n`,
  );
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

/** Jupyter answers 3 s after the boot, which takes 4 s. */
const isReady = (name: string) => {
  const server = [...bench.sandbox.cloud.servers.values()].find(
    ({ metadata }) => metadata['nubes-nb:notebook'] === name,
  );
  if (server?.status !== 'ACTIVE') return false;
  return bench.now().getTime() - server.created.getTime() >= 7_000;
};

const prune = 'apply -f m.yaml --prune --yes --json';
const limits: [string, () => void, string][] = [
  ['the limit per user', () => perUser(4), 'LIMIT_REACHED'],
  [
    'the quota of instances',
    () => {
      perUser(9);
      quota({ instances: 4 });
    },
    'QUOTA_EXCEEDED',
  ],
  [
    'the quota of cores',
    () => {
      perUser(9);
      quota({ cores: 8 });
    },
    'QUOTA_EXCEEDED',
  ],
];

describe('apply --prune without room for new and extra notebooks at once', () => {
  test.each(limits)(
    'apply --prune at %s exits 7, changes nothing and names the command that makes room',
    async (_what, limit, code) => {
      limit();
      const seen = await bench.nb(prune);
      const { error } = JSON.parse(seen.stderr.trim().split('\n').at(-1) ?? '');
      expect(error).toMatchObject({
        code,
        hint: 'nubes-nb delete a b c makes room, then run the same command again',
        message: expect.stringMatching(
          / The extra notebooks count until the new ones are ready\.$/,
        ),
      });
      expect(seen.code).toBe(7);
      expect(changes()).toEqual([]);
      expect((await bench.nb(`${prune} --dry-run`)).code).toBe(7);
      expect((await bench.nb('delete a b c --yes -q')).code).toBe(0);
      expect((await bench.nb(prune)).code).toBe(0);
      expect(names()).toEqual(['d', 'e', 'f', 'other']);
    },
  );

  test('apply --prune without room says how much is needed and free', async () => {
    perUser(9);
    quota({ cores: 10 });
    const { stderr } = await bench.nb('apply -f m.yaml --prune --yes');
    expect(stderr).toContain(
      'error: The quota has room for 1 of 3 notebooks (6 cores needed, 2 free).',
    );
  });

  test('apply --prune without room names at most twelve notebooks to delete', async () => {
    writeFileSync(join(bench.home, 'm.yaml'), 'set: mine\nnotebooks: [{name: "n{01..20}"}]\n');
    perUser(24);
    quota({});
    for (let index = 1; index <= 20; index += 1) addNotebook(bench, `x${index}`, inSet);
    const many = await bench.nb('apply -f m.yaml --prune --yes');
    expect(many.stderr).toMatch(/hint: nubes-nb delete a b c( x\d+){9} \(and 8 more\) makes room/);
  });

  test('apply --prune --fit creates what fits and keeps the extra notebooks, as its plan shows', async () => {
    perUser(6);
    const plan = itemsIn(await bench.nb(`${prune} --fit --dry-run`));
    expect(plan.map(({ name, change }) => `${change} ${name}`)).toEqual([
      ...['create d', 'create e', 'skip f'],
      ...['skip a', 'skip b', 'skip c'],
    ]);
    const seen = await bench.nb(`${prune} --fit`);
    expect(countsOf(itemsIn(seen))).toEqual({ created: 2, skipped: 4 });
    expect(itemsIn(seen).find(({ name }) => name === 'a')?.error).toMatchObject({
      code: 'LIMIT_REACHED',
      message: expect.stringMatching(/^Not begun, because f has to be ready first: /),
    });
    expect(seen.code).toBe(10);
    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e', 'other']);
  });

  test('apply without --prune and without room exits 7 and suggests no deletions of the set', async () => {
    perUser(4);
    const seen = await bench.nb('apply -f m.yaml');
    expect(seen.stderr).not.toContain('delete a b c');
    expect(seen.code).toBe(7);
  });
});

describe('apply --prune', () => {
  beforeEach(() => {
    perUser(9);
    quota({});
  });

  test.each([1, 4, 9])(
    'apply --prune --concurrency %i deletes nothing before the new notebooks are ready',
    async (concurrency) => {
      const early: string[] = [];
      const seen = await bench.nb(`${prune} --concurrency ${concurrency}`, {
        onSleep: () => {
          if (!changes().includes('DELETE')) return;
          const notReady = ['d', 'e', 'f'].filter((name) => !isReady(name));
          early.push(...notReady);
        },
      });
      expect(seen.code, seen.stderr).toBe(0);
      expect(early).toEqual([]);
      expect(changes().slice(-3)).toEqual(['DELETE', 'DELETE', 'DELETE']);
      expect(names()).toEqual(['d', 'e', 'f', 'other']);
    },
  );

  test('apply --prune keeps the extra notebooks if a new one fails, and gives the reason for each', async () => {
    const post = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;
    await bench.nb('create z --no-wait');
    bench.sandbox.cloud.faults.next(post, 'error-after-202');
    const seen = await bench.nb(`${prune} --concurrency 4`);
    const items = itemsIn(seen);
    expect(countsOf(items)).toEqual({ created: 2, failed: 1, skipped: 3 });
    for (const { error } of items.filter(({ result }) => result === 'skipped')) {
      expect(error?.message).toMatch(/^Not begun, because [def] has to be ready first: /);
    }
    expect(seen.code).toBe(10);
    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'other', 'z']);
  });

  test('apply --prune keeps the extra notebooks if --max-failures ends the creations', async () => {
    perUser(99);
    writeFileSync(join(bench.home, 'm.yaml'), 'set: mine\nnotebooks: [{name: "n{1..12}"}]\n');
    bench.sandbox.cloud.faults.rate('html-503', 1, 1, { service: 'Nova', method: 'POST' });
    const seen = await bench.nb(`${prune} --concurrency 10 --max-failures 5`);
    bench.sandbox.cloud.faults.clear();
    expect(itemsIn(seen)).toHaveLength(15);
    expect(names()).toEqual(expect.arrayContaining(['a', 'b', 'c', 'other']));
  });

  test('apply --prune without a confirmation exits 2 and creates nothing', async () => {
    expect((await bench.nb('apply -f m.yaml --prune')).code).toBe(2);
    expect(names()).toEqual(['a', 'b', 'c', 'other']);
  });

  test('apply --prune deletes the other extra notebooks if one is protected', async () => {
    addNotebook(bench, 'kept', { ...inSet, locked: true });
    const items = itemsIn(await bench.nb(prune));
    expect(countsOf(items)).toEqual({ deleted: 3, failed: 1, created: 3 });
    expect(names()).toEqual(['d', 'e', 'f', 'kept', 'other']);
  });

  test('apply --prune uses timeouts.delete for its deletions', async () => {
    bench.configure((toml) => `${toml}\n[timeouts]\ndelete = "1s"\n`);
    const items = itemsIn(await bench.nb(prune));
    expect(countsOf(items)).toEqual({ created: 3, failed: 3 });
    for (const { error } of items.filter(({ result }) => result === 'failed')) {
      expect(error).toMatchObject({
        code: 'TIMED_OUT',
        message: expect.stringMatching(/deleting/),
      });
    }
  });

  test('apply --prune finishes in a rerun after Ctrl-C during its deletions', async () => {
    const interruption = new AbortController();
    const seen = await bench.nb(prune, {
      interruption,
      onSleep: () => {
        if (changes().includes('DELETE')) interruption.abort('SIGINT');
      },
    });
    expect(countsOf(itemsIn(seen))).toEqual({ created: 3, failed: 3 });
    expect(seen.code).toBe(130);
    bench.pass(5_000);
    expect((await bench.nb(prune)).code).toBe(0);
    expect(names()).toEqual(['d', 'e', 'f', 'other']);
  });
});
