import { describe, expect, test } from 'vitest';
import { liveServers, unlimitedBench } from '../../support/cloud.ts';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook } from '../../support/workbench.ts';

const bench = await unlimitedBench();

describe('--if-exists', () => {
  test('create --if-exists skip leaves an existing notebook as it is, and a rerun creates the missing ones', async () => {
    addNotebook(bench, 'a', { status: 'SHUTOFF' });
    const first = itemsIn(await bench.nb('create a b --if-exists skip --json'));
    expect(first).toMatchObject([
      { name: 'a', result: 'exists', status: 'stopped' },
      { name: 'b', result: 'created' },
    ]);
    const second = await bench.nb('create a b c --if-exists skip --json');
    expect(countsOf(itemsIn(second))).toEqual({ exists: 2, created: 1 });
    expect(second.code).toBe(0);
    expect(liveServers(bench)).toHaveLength(3);
  });

  test('create --if-exists start starts a stopped notebook', async () => {
    await bench.nb('create a b -q');
    await bench.nb('stop a -q');
    const seen = itemsIn(await bench.nb('create a b --if-exists start --json'));
    expect(seen.sort((one, other) => (one.name < other.name ? -1 : 1))).toMatchObject([
      { name: 'a', result: 'started', status: 'ready' },
      { name: 'b', result: 'exists', status: 'ready' },
    ]);
  });

  test.each(['skip', 'start'])(
    'create --if-exists %s of one name prints the notebook',
    async (then) => {
      await bench.nb('create a -q');
      const { code, stdout } = await bench.nb(`create a --if-exists ${then} --json`);
      expect(JSON.parse(stdout)).toMatchObject({
        name: 'a',
        nova: { status: 'ACTIVE' },
        url: expect.stringMatching(/\?token=[0-9a-f]{32}$/),
      });
      expect(code).toBe(0);
      expect(liveServers(bench)).toHaveLength(1);
    },
  );

  test('create ignores a notebook of the same name that belongs to another user', async () => {
    const bob = bench.secondComputer();
    await bob.login('bob');
    await bob.nb('create a --no-wait -q');
    const seen = itemsIn(await bench.nb('create a b --if-exists skip --json'));
    expect(countsOf(seen)).toEqual({ created: 2 });
  });
});
