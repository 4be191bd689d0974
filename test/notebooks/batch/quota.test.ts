import { describe, expect, test } from 'vitest';
import { createRequests, importKey, setQuota, unlimitedBench } from '../../support/cloud.ts';
import { countsOf, itemsIn, namesOf } from '../../support/items.ts';
import { addNotebook } from '../../support/workbench.ts';

const bench = await unlimitedBench();

describe('quota and limits', () => {
  test('create exits 7 before its first request if the quota is too small for the whole batch', async () => {
    addNotebook(bench, 'old-run', { status: 'SHUTOFF' });
    setQuota(bench, { cores: 2 + 44, instances: 100, ram: -1 });
    const { code, stdout, stderr } = await bench.nb(['create', ...namesOf(30)]);
    expect(stderr).toContain(
      'error: The quota has room for 22 of 30 notebooks (60 cores needed, 44 free). Your stopped old-run holds 2 cores.\nhint: --fit',
    );
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(createRequests(bench)).toEqual([]);
  });

  test('create --fit creates as many as the quota allows, skips the rest and exits 10', async () => {
    setQuota(bench, { cores: 6, instances: 100, ram: -1 });
    const { code, stdout } = await bench.nb(['create', ...namesOf(5), '--fit', '--json']);
    const items = itemsIn({ stdout });
    expect(countsOf(items)).toEqual({ created: 3, skipped: 2 });
    expect(items.find(({ result }) => result === 'skipped')).toMatchObject({
      seconds: null,
      error: { code: 'QUOTA_EXCEEDED', exit: 7, hint: 'ask your cloud team for more quota' },
    });
    expect(code).toBe(10);
  });

  test('create --fit also creates smaller notebooks listed after one that does not fit', async () => {
    setQuota(bench, { cores: 6, instances: 100, ram: -1 });
    const stdin = '{"name":"big","size":"l3.small"}\na\n{"name":"mid","size":"l3.micro"}\nb\n';
    const refused = await bench.nb('create --from -', { stdin });
    expect(refused.stderr).toContain(
      'room for 2 of 4 notebooks (20 cores needed, 6 free).\nhint: --fit makes what fits; ',
    );
    const { code, stdout } = await bench.nb('create --from - --fit --json', { stdin });
    const made = itemsIn({ stdout }).filter(({ result }) => result === 'created');
    expect(made.map(({ name }) => name).sort()).toEqual(['a', 'mid']);
    expect(code).toBe(10);
  });

  test.each([
    ['the quota', () => setQuota(bench, { cores: 1, instances: 100, ram: -1 })],
    [
      'the limit',
      () => {
        addNotebook(bench, 'old');
        bench.configure((toml) => toml.replace('per_user = 40', 'per_user = 1'));
      },
    ],
  ])('create does not suggest --fit if %s has room for no notebook', async (_what, shrink) => {
    addNotebook(bench, 'older');
    shrink();
    const { code, stderr } = await bench.nb('create a b');
    expect(stderr).toContain('room for none of 2 ');
    expect(stderr).toContain('makes room');
    expect(stderr).not.toContain('--fit');
    expect(code).toBe(7);
  });

  test('create --fit --dry-run shows the notebooks that will be skipped', async () => {
    setQuota(bench, { cores: 6, instances: 100, ram: -1 });
    const seen = await bench.nb(['create', ...namesOf(5), '--fit', '--dry-run']);
    expect(seen.stdout).toContain('+ create  train-03 ');
    expect(seen.stdout).toContain('! skip    train-04 ');
    expect(seen.stderr).toContain('Plan: 3 to create, 2 to be skipped. Nothing was done');
    const json = itemsIn(await bench.nb(['create', ...namesOf(4), '--fit', '--dry-run', '--json']));
    expect(json.map(({ change }) => change)).toEqual(['create', 'create', 'create', 'skip']);
    expect(json[3]?.error?.code).toBe('QUOTA_EXCEEDED');
  });

  test.each(['create x', 'create x -o ndjson'])(
    '%s says how much is needed, used and allowed',
    async (words) => {
      addNotebook(bench, 'old-run', { status: 'SHUTOFF' });
      setQuota(bench, { cores: 2, instances: 100, ram: -1 });
      const { code, stderr } = await bench.nb(words);
      expect(stderr).toContain(
        "error: l3.nano needs 2 cores (0 free: 2 of the project's 2 are in use). Your stopped old-run holds 2 cores.\nhint: nubes-nb delete old-run makes room; stopping does not",
      );
      expect(code).toBe(7);
      bench.configure((toml) => toml.replace('per_user = 40', 'per_user = 1'));
      const limited = await bench.nb(words);
      expect(limited.stderr).toContain(
        'error: You have 1 of 1 notebooks (stopped ones count): old-run.\nhint: nubes-nb delete NAME',
      );
    },
  );

  test('create exits 7 if the batch exceeds limits.per_user', async () => {
    const { code, stderr } = await bench.nb(['create', ...namesOf(41)]);
    expect(stderr).toContain(
      'You have 0 of 40 notebooks (stopped ones count); there is room for 40 of 41 more.\nhint: --fit makes what fits; nubes-nb config set limits.per_user 41',
    );
    expect(code).toBe(7);
  });

  test('create --if-exists skip needs no quota for existing notebooks', async () => {
    addNotebook(bench, 'train-01');
    setQuota(bench, { cores: 4, instances: 2, ram: -1 });
    const seen = await bench.nb('create train-01 train-02 --if-exists skip -q');
    expect(seen.code).toBe(0);
  });

  test('create skips the rest if other users fill the quota meanwhile', async () => {
    await importKey(bench);
    const seen = await bench.nb(['create', ...namesOf(12), '--concurrency', '1', '--json'], {
      onSleep: () => setQuota(bench, { cores: 0 }),
    });
    const items = itemsIn(seen);
    expect(countsOf(items)).toEqual({ created: 1, failed: 5, skipped: 6 });
    expect(items.find(({ result }) => result === 'failed')?.error).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      exit: 7,
      requestId: expect.stringMatching(/^req-/),
    });
    expect(items.at(-1)?.error?.message).toMatch(/^Not begun after 5 consecutive failures: /);
    expect(seen.code).toBe(10);
  });
});
