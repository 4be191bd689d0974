import { describe, expect, test } from 'vitest';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();

/** Runs a command that Ctrl-C ends while it waits, as soon as all notebooks that it creates have this status in Nova. */
async function interrupted(words: string, status: 'BUILD' | 'ACTIVE'): Promise<void> {
  const interruption = new AbortController();
  const onSleep = () => {
    const servers = [...bench.sandbox.cloud.servers.values()];
    if (servers.length > 0 && servers.every((server) => server.status === status)) {
      interruption.abort('SIGINT');
    }
  };
  expect((await bench.nb(words, { interruption, onSleep })).code).toBe(130);
}

const asked = () => bench.sandbox.cloud.requests.length;

describe('create --if-exists skip', () => {
  test.each([
    ['being built', 'BUILD', 'creating'],
    ['on its first boot', 'ACTIVE', 'running'],
  ] as const)(
    'create --if-exists skip waits for a notebook that an interrupted run left %s',
    async (_what, inNova, status) => {
      await interrupted('create a b --if-exists skip', inNova);
      expect(itemsIn(await bench.nb('show a b --json'))[0]?.status).toBe(status);
      const seen = await bench.nb('create a b --if-exists skip --json');
      expect(itemsIn(seen)).toMatchObject([
        { result: 'exists', status: 'ready', url: expect.stringContaining('?token=') },
        { result: 'exists', status: 'ready' },
      ]);
      expect(seen.code).toBe(0);
    },
  );

  test('create --if-exists skip of one name waits for a notebook that an interrupted run left', async () => {
    await interrupted('create a', 'ACTIVE');
    const { code, stdout } = await bench.nb('create a --if-exists skip --json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ready' });
    expect(code).toBe(0);
  });

  test('create --if-exists skip waits for a notebook that another computer creates', async () => {
    const other = bench.secondComputer();
    await other.login();
    await other.nb('create a --no-wait');
    const [item] = itemsIn(await bench.nb('create a --if-exists skip -o ndjson'));
    expect(item).toMatchObject({ result: 'exists', status: 'ready' });
  });

  test('create --if-exists skip --no-wait does not wait', async () => {
    await bench.nb('create a --no-wait');
    const [item] = itemsIn(await bench.nb('create a --if-exists skip --no-wait -o ndjson'));
    expect(item).toMatchObject({ result: 'exists', status: 'creating', error: null });
  });

  test('create --if-exists skip exits 8 at its time-out', async () => {
    await bench.nb('create a --no-wait');
    const seen = await bench.nb('create a --if-exists skip --timeout 2s -o ndjson');
    expect(itemsIn(seen)[0]).toMatchObject({ result: 'failed', error: { code: 'TIMED_OUT' } });
    expect(seen.code).toBe(8);
  });

  test('create --if-exists skip makes one request for notebooks that had been ready or created with --wait running', async () => {
    await bench.nb('create a');
    await bench.nb('create b --wait running');
    const before = asked();
    const seen = await bench.nb('create a b --if-exists skip --json');
    expect(countsOf(itemsIn(seen))).toEqual({ exists: 2 });
    expect(asked() - before).toBe(1);
  });

  test('create --if-exists skip does not wait again if the cloud shows no console', async () => {
    bench.sandbox.cloud.forbidden.add('os_compute_api:os-console-output');
    const environment = { NUBES_NB_NOTEBOOK_SSH_PORT: '1' };
    expect((await bench.nb('create a', { environment })).code).toBe(0);
    const before = asked();
    const seen = await bench.nb('create a --if-exists skip -o ndjson', { environment });
    expect(itemsIn(seen)).toMatchObject([{ result: 'exists', status: 'running' }]);
    expect(asked() - before).toBe(1);
  });

  test.each(['skip', 'start'])(
    'create --if-exists %s fails for a notebook in error with the command that helps',
    async (then) => {
      addNotebook(bench, 'a', { status: 'ERROR' });
      const seen = await bench.nb(`create a b --if-exists ${then} --json`);
      expect(countsOf(itemsIn(seen))).toEqual({ failed: 1, created: 1 });
      expect(itemsIn(seen).find(({ name }) => name === 'a')).toMatchObject({
        result: 'failed',
        status: 'error',
        error: {
          code: 'WRONG_STATE',
          exit: 6,
          message: 'a exists in the state error: No valid host was found.',
          hint: 'nubes-nb delete a, then run the same command again',
        },
      });
      expect(seen.code).toBe(10);
      expect((await bench.nb(`create a --if-exists ${then}`)).code).toBe(6);
    },
  );

  test('create --if-exists skip fails for a notebook that is being deleted', async () => {
    await bench.nb('create a');
    await bench.nb('delete a --yes --no-wait');
    const seen = await bench.nb('create a --if-exists skip -o ndjson');
    expect(itemsIn(seen)[0]?.error).toMatchObject({
      message: 'a is being deleted.',
      hint: 'run the same command again once it is gone',
    });
    expect(seen.code).toBe(6);
  });
});
