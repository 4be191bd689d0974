import { expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const cloud = bench.sandbox.cloud;
const posts = () =>
  cloud.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/servers'))
    .length;

/** As another shell has requested them; in this cloud they stay in BUILD. */
function building(count: number, created = bench.now()): void {
  for (let at = 0; at < count; at += 1) {
    addNotebook(bench, `other-${at}`, { status: 'BUILD', created });
  }
}

test('a create waits while as many notebooks of the user are being built as limits.concurrency', async () => {
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 20\n`);
  building(4);
  const { code, stderr } = await bench.nb('create a --no-wait --timeout 30s');
  expect(stderr).toContain('4 of your notebooks are being created');
  expect(stderr).toContain(
    'error: 4 of your notebooks are being created, also by other commands, and limits.concurrency is 4.',
  );
  expect([code, posts()]).toEqual([7, 0]);
});

test('it goes on as soon as one of them is built', async () => {
  const environment = { NUBES_NB_LIMITS_CONCURRENCY: '2' };
  await bench.nb('create one two --no-wait', { environment });
  const { code, stderr } = await bench.nb('create three --no-wait', { environment });
  expect(stderr).toContain('2 of your notebooks are being created');
  expect([code, posts()]).toEqual([0, 3]);
});

test('a batch beside others has never more of the user built than the limit', async () => {
  const environment = { NUBES_NB_LIMITS_CONCURRENCY: '2', NUBES_NB_LIMITS_PER_USER: '9' };
  await bench.nb('create one --no-wait', { environment });
  let most = 0;
  const onSleep = () => {
    const states = [...cloud.servers.values()].map(({ status }) => status);
    most = Math.max(most, states.filter((status) => status === 'BUILD').length);
  };
  expect((await bench.nb('create b c d e', { environment, onSleep })).code).toBe(0);
  expect(most).toBe(2);
});

test('one that has been in BUILD for longer than a create waits does not count', async () => {
  building(4, new Date(bench.now().getTime() - 600_000));
  expect((await bench.nb('create a --no-wait')).code).toBe(0);
});

test('the notebooks of other users do not count', async () => {
  for (let at = 0; at < 5; at += 1) cloud.addServer({ user: 'bob', name: 'x', status: 'BUILD' });
  expect((await bench.nb('create a --no-wait')).code).toBe(0);
});
