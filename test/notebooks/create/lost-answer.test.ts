import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importKey, liveServers, post } from '../../support/cloud.ts';
import { sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
await importKey(bench);

const idOf = ({ stdout }: { readonly stdout: string }): string => JSON.parse(stdout).id;
const journal = () => readFileSync(join(bench.stateFolder, 'journal.ndjson'), 'utf8');

describe('a lost response to POST /servers', () => {
  test.each([
    ['bad-gateway-after-create', 8_000],
    ['reset-after', 8_000],
    ['gateway-timeout-after-create', 25_000],
  ] as const)(
    'after %s the VM that Nova lists %s ms later is found and adopted, and made once',
    async (fault, ms) => {
      bench.sandbox.cloud.faults.next(post, fault);
      bench.sandbox.cloud.faults.next(post, 'list-lag', { ms });
      const { code, stdout } = await bench.nb('create x --json');
      expect(code).toBe(0);
      expect(liveServers(bench).map(({ id }) => id)).toEqual([JSON.parse(stdout).id]);
    },
  );

  test('create exits 8 if the request was lost and made nothing', async () => {
    bench.sandbox.cloud.faults.next(post, 'reset');
    let lookedFor = 0;
    const { code, stderr } = await bench.nb('create x', {
      onSleep: (waited) => {
        lookedFor = waited;
      },
    });
    expect(stderr).toContain('error: Nova did not say whether it made x');
    expect(code).toBe(8);
    expect(lookedFor).toBeLessThan(12_000);
    expect(liveServers(bench)).toHaveLength(0);
  });

  test('create exits 8 if Nova is down after a lost response', async () => {
    bench.sandbox.cloud.faults.next(post, 'bad-gateway-after-create');
    bench.sandbox.cloud.faults.next(post, 'list-lag');
    const down = { service: 'Nova', method: 'GET' } as const;
    const { code, stderr } = await bench.nb('create x', {
      onSleep: () => bench.sandbox.cloud.faults.next(down, 'html-503', { times: 9 }),
    });
    bench.sandbox.cloud.faults.clear();
    expect(stderr).toContain('Nova did not say whether it made x');
    expect(stderr).toContain('hint: nubes-nb show x');
    expect(code).toBe(8);
    expect(journal().trimEnd().split('\n').at(-1)).toContain('"event":"unknown"');
  });

  test('Ctrl-C during the search for a lost VM ends it at once and says that the VM may exist', async () => {
    bench.sandbox.cloud.faults.next(post, 'reset');
    const interruption = new AbortController();
    const { stderr } = await bench.nb('create x', {
      interruption,
      onSleep: () => interruption.abort('SIGINT'),
    });
    expect(stderr).toContain('Nova did not say whether it made x');
  });

  test('create searches for a lost VM no longer than --timeout', async () => {
    bench.sandbox.cloud.faults.next(post, 'gateway-timeout-after-create');
    bench.sandbox.cloud.faults.next(post, 'list-lag', { ms: 25_000 });
    let lookedFor = 0;
    const { code } = await bench.nb('create x --timeout 5s', {
      onSleep: (waited) => {
        lookedFor = waited;
      },
    });
    expect(code).toBe(8);
    expect(lookedFor).toBeLessThan(5_000);
  });

  test.each(['html-503', 'reset'] as const)(
    'of Keystone, asked for a new token (%s), is Keystone’s failure: nothing was made',
    async (fault) => {
      const { faults } = bench.sandbox.cloud;
      faults.next(post, 'unauthorized');
      faults.next({ service: 'Keystone', method: 'POST' }, fault, { times: 9 });
      const { code, stderr } = await bench.nb('create x');
      faults.clear();
      expect(stderr).toContain('Keystone');
      expect(stderr).not.toContain('the VM may exist');
      expect(code).toBe(9);
      expect(journal().trimEnd().split('\n').at(-1)).toContain('"event":"refused"');
      expect(liveServers(bench)).toHaveLength(0);
    },
  );

  test('create retries a 429 on POST /servers and makes one server', async () => {
    bench.sandbox.cloud.faults.next(post, 'too-many', { ms: 0 });
    const { code, stderr } = await bench.nb('create x');
    expect(code, stderr).toBe(0);
    expect(liveServers(bench)).toHaveLength(1);
  });
});

describe('a VM that Nova lists after its create has given up', () => {
  const late = (ms: number) => {
    bench.sandbox.cloud.faults.next(post, 'bad-gateway-after-create');
    bench.sandbox.cloud.faults.next(post, 'list-lag', { ms });
    return bench.nb('create x');
  };

  const staying = () =>
    liveServers(bench)
      .filter(({ taskState }) => taskState !== 'deleting')
      .map(({ id }) => id);

  test('a rerun waits for the VM of the lost response', async () => {
    expect((await late(15_000)).code).toBe(8);
    const rerun = await bench.nb('create x --if-exists skip --json');
    expect(rerun.code, rerun.stderr).toBe(0);
    expect(liveServers(bench).map(({ id }) => id)).toEqual([idOf(rerun)]);
  });

  test('a rerun with --no-wait waits longer for the VM of the lost response', async () => {
    expect((await late(40_000)).code).toBe(8);
    const rerun = await bench.nb('create x --if-exists skip --no-wait --json');
    expect(rerun.code, rerun.stderr).toBe(0);
    expect(liveServers(bench).map(({ id }) => id)).toEqual([idOf(rerun)]);
  });

  test.each([
    ['while a rerun waits for the boot of its own', 19_000],
    ['while that one waits for Jupyter', 24_000],
  ])('%s, is the only one in the end', async (_when, ms) => {
    expect((await late(ms)).code).toBe(8);
    const rerun = await bench.nb('create x --if-exists skip --json');
    expect(rerun.code, rerun.stderr).toBe(0);
    expect(staying()).toEqual([idOf(rerun)]);
  });

  test.each([19_000, 24_000])(
    'broken, %s ms later, gives way to the one of the rerun',
    async (ms) => {
      bench.sandbox.cloud.faults.next(post, 'error-after-202');
      expect((await late(ms)).code).toBe(8);
      const rerun = await bench.nb('create x --if-exists skip --json');
      expect(rerun.code, rerun.stderr).toBe(0);
      expect(staying()).toEqual([idOf(rerun)]);
    },
  );

  test('a late VM does not replace one that was reported at a time-out', async () => {
    expect((await late(90_000)).code).toBe(8);
    const rerun = await bench.nb('create x --timeout 9s --json');
    expect(rerun.stderr).toContain('its VM is still being built');
    expect(rerun.code).toBe(8);
    bench.pass(90_000);
    const next = await bench.nb('create x --if-exists skip --json');
    expect(next.code, next.stderr).toBe(0);
    expect(idOf(next)).toBe(idOf(rerun));
    expect(staying()).toEqual([idOf(rerun)]);
  });

  test('a create that finds its VM late yields to one already reported to the user', async () => {
    bench.sandbox.cloud.faults.next(post, 'gateway-timeout-after-create');
    bench.sandbox.cloud.faults.next(post, 'list-lag', { ms: 28_000 });
    let other: { readonly code: number; readonly stdout: string } | undefined;
    const { code, stderr } = await bench.nb('create x', {
      onSleep: async () => {
        if (other !== undefined) return;
        other = { code: -1, stdout: '' };
        other = await bench.nb('create x --if-exists skip --json');
      },
    });
    expect(other?.code).toBe(0);
    expect(stderr).toContain('Another process created x');
    expect(code).toBe(6);
    expect(staying()).toEqual([idOf(other ?? { stdout: '' })]);
  });

  test('a create deletes a late VM after a rerun has reported its own', async () => {
    expect((await late(90_000)).code).toBe(8);
    const rerun = await bench.nb('create x --if-exists skip --json');
    expect(rerun.code, rerun.stderr).toBe(0);
    bench.pass(90_000);
    const next = await bench.nb('create x --if-exists skip --json');
    expect(next.code, next.stderr).toBe(0);
    expect(idOf(next)).toBe(idOf(rerun));
    expect(next.stderr).toContain('a creation of x that was interrupted on this computer');
    expect(staying()).toEqual([idOf(rerun)]);
    expect((await bench.nb('stop x')).code).toBe(0);
  });
});
