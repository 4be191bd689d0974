import { describe, expect, test } from 'vitest';
import { importKey, liveServers, post, unlimitedBench } from '../../support/cloud.ts';
import { countsOf, itemsIn, namesOf } from '../../support/items.ts';
import { addNotebook } from '../../support/workbench.ts';

const bench = await unlimitedBench();

describe('failures', () => {
  test('after a name that does not exist, the hint is the similar name and not the same command again', async () => {
    addNotebook(bench, 'train-01');
    addNotebook(bench, 'train-02');
    const { code, stderr } = await bench.nb('stop train-01 train-03 --yes');
    expect(stderr).toMatch(
      /error: 1 of 2 done; failed: train-03\.\nhint: did you mean train-0\d\?\n$/,
    );
    expect(code).toBe(10);
    const several = await bench.nb('start train-01 train-03 train-04 --no-wait');
    expect(several.stderr).toContain('hint: nubes-nb ls shows the ones you have\n');
  });

  test('create --max-failures 2 skips the rest after two consecutive failures', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'error-after-202', { times: 9 });
    const words = ['create', ...namesOf(8), '--max-failures', '2', '--concurrency', '1', '--json'];
    const items = itemsIn(await bench.nb(words));
    expect(countsOf(items)).toEqual({ failed: 2, skipped: 6 });
    expect(items[0]).toMatchObject({ status: 'error', error: { code: 'NO_CAPACITY', exit: 7 } });
  });

  test('create stops at once if the session ends, and a rerun finishes after a new login', async () => {
    const words = ['create', ...namesOf(6), '--concurrency', '1', '--if-exists', 'skip', '--json'];
    let isOver = false;
    const seen = await bench.nb(words, {
      onSleep: () => {
        if (isOver || liveServers(bench).length < 2) return;
        isOver = true;
        bench.sandbox.cloud.revokeCredentials();
        bench.sandbox.cloud.expireTokens();
      },
    });
    const items = itemsIn(seen);
    expect(items.filter(({ error }) => error?.code === 'SESSION_EXPIRED').length).toBeGreaterThan(
      1,
    );
    expect(countsOf(items)['failed']).toBe(1);
    expect(items).toHaveLength(6);
    await bench.login();
    // Nova used the first session's token while it built this one, so the rerun has to fail.
    const rerun = itemsIn(await bench.nb(words)).filter(({ result }) => result === 'failed');
    const broken = rerun.map(({ name }) => name);
    expect(broken).toHaveLength(1);
    await bench.nb(['delete', ...broken, '--yes', '-q']);
    expect((await bench.nb(words)).code).toBe(0);
    expect(liveServers(bench)).toHaveLength(6);
  });

  test('create renews an expired token once for all workers', async () => {
    let isOver = false;
    const before = bench.sandbox.cloud.requests.length;
    const seen = await bench.nb(['create', ...namesOf(8), '--concurrency', '8', '-q'], {
      onSleep: () => {
        // All are requested, and none is ready yet.
        if (isOver || liveServers(bench).length < 8) return;
        isOver = true;
        bench.sandbox.cloud.expireTokens();
      },
    });
    expect(seen.code, seen.stderr).toBe(0);
    const renewals = bench.sandbox.cloud.requests
      .slice(before)
      .filter(({ method, path }) => method === 'POST' && path.endsWith('/auth/tokens'));
    expect(renewals).toHaveLength(1);
  });

  test.each([
    ['answers 503 for a while', 'html-503', 9],
    ['returns half a list', 'truncated-json', 2],
    ['closes the connection', 'reset', 9],
  ] as const)('create succeeds if Nova %s during its polls', async (_what, fault, times) => {
    const list = { service: 'Nova', method: 'GET', path: /\/servers\/detail$/ } as const;
    let armed = false;
    const seen = await bench.nb('create a b c --json', {
      onSleep: () => {
        if (armed || liveServers(bench).length < 3) return;
        armed = true;
        bench.sandbox.cloud.faults.next(list, fault, { times });
      },
    });
    expect(countsOf(itemsIn(seen)), seen.stderr).toEqual({ created: 3 });
    expect(bench.sandbox.cloud.faults.pending()).toBe(0);
  });

  test('create exits 9 within three minutes if Nova keeps answering 503', async () => {
    const list = { service: 'Nova', method: 'GET', path: /\/servers\/detail$/ } as const;
    let broken = 0;
    const seen = await bench.nb('create a b c --json', {
      onSleep: () => {
        if (broken > 0 || liveServers(bench).length < 3) return;
        broken = bench.now().getTime();
        bench.sandbox.cloud.faults.next(list, 'html-503', { times: 999 });
      },
    });
    expect(countsOf(itemsIn(seen))).toEqual({ failed: 3 });
    for (const { id, error } of itemsIn(seen)) {
      expect({ id, code: error?.code }).toEqual({ id: expect.any(String), code: 'SERVICE_ERROR' });
    }
    expect(seen.code).toBe(9);
    expect(bench.now().getTime() - broken).toBeLessThan(180_000);
  });

  test('create pauses all workers after one 429', async () => {
    await importKey(bench);
    const { faults } = bench.sandbox.cloud;
    const list = { service: 'Nova', method: 'GET', path: /\/servers\/detail$/ } as const;
    let armed = false;
    const seen = await bench.nb(['create', ...namesOf(6), '--concurrency', '6', '-q'], {
      onSleep: () => {
        if (!armed) faults.next(list, 'too-many', { times: 2, ms: 3_000 });
        armed = true;
      },
    });
    expect(seen.code, seen.stderr).toBe(0);
    expect(faults.pending()).toBe(0);
  });
});
