import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AddedServer } from '../../src/sandbox/cloud/cloud.ts';
import { itemsIn } from '../support/items.ts';
import { addNotebook, type Workbench, workbench } from '../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
});
afterEach(() => bench.close());

const building = { status: 'BUILD', taskState: 'spawning' } as const;
const broken = { status: 'ERROR' } as const;
const off = { status: 'SHUTOFF' } as const;
const locked = { locked: true } as const;

/** What a dry run says of `a`, and what the same command then does to it. */
async function planAndRun(words: string) {
  const [planned] = itemsIn(await bench.nb(`${words} --dry-run --json`));
  const [done] = itemsIn(await bench.nb(`${words} -o ndjson`));
  return { planned, done };
}

describe('what a plan calls refused is what the run refuses, in the same words', () => {
  test.each<[string, Partial<AddedServer>, string]>([
    ['restart a', off, 'a cannot be restarted: it is stopped.'],
    ['restart a', broken, 'a cannot be restarted: it is in the state error.'],
    ['restart a', building, 'a cannot be restarted: it is in the state creating.'],
    ['restart a', locked, 'a is protected: its VM is locked in Nova.'],
    ['restart --jupyter-only a', off, 'a cannot be reached: it is stopped.'],
    ['start a', broken, 'a cannot be started: it is in the state error.'],
    ['start a', { ...off, ...locked }, 'a is protected: its VM is locked in Nova.'],
    ['stop a', building, 'a cannot be stopped: it is in the state creating.'],
    ['stop a', locked, 'a is protected: its VM is locked in Nova.'],
    ['delete --yes a', locked, 'a is protected: its VM is locked in Nova.'],
    ['delete --yes --if-missing ok a', locked, 'a is protected: its VM is locked in Nova.'],
    ['create a', {}, 'a exists already (running).'],
    ['create a --if-exists fail', off, 'a exists already (stopped).'],
    ['wait a', broken, 'The cloud has no room for a now (Nova: No valid host was found.).'],
  ])('%s of one that is %o', async (words, server, sentence) => {
    addNotebook(bench, 'a', server);
    const { planned, done } = await planAndRun(words);
    expect(planned).toMatchObject({ change: 'refused', error: { message: sentence } });
    expect(done).toMatchObject({ result: 'failed', error: { message: sentence } });
    expect(done?.error).toEqual(planned?.error);
  });

  test.each(['start', 'stop', 'restart', 'wait', 'delete --yes'])(
    '%s of a name that nobody has',
    async (verb) => {
      const { planned, done } = await planAndRun(`${verb} a`);
      expect(planned).toMatchObject({ change: 'refused' });
      expect(done?.error).toEqual(planned?.error);
      expect(done?.error?.code).toBe('NOT_FOUND');
    },
  );

  test('stop of a name that two have', async () => {
    addNotebook(bench, 'a');
    addNotebook(bench, 'a');
    const { planned, done } = await planAndRun('stop a');
    expect(planned?.error?.message).toBe('2 of your VMs are named a.');
    expect(done?.error).toEqual(planned?.error);
  });
});

describe('what a plan calls a change is what the run does', () => {
  /** What was done, not what was asked: Nova answers the console's text with 200. */
  const actions = () =>
    bench.sandbox.cloud.requests.filter(
      ({ path, status }) => path.endsWith('/action') && status === 202,
    );

  test.each<[string, Partial<AddedServer>, string, string, number]>([
    ['start a --wait running', off, 'start', 'started', 1],
    ['start a --wait running', {}, 'same', 'exists', 0],
    ['stop a', {}, 'stop', 'stopped', 1],
    ['stop a', off, 'same', 'stopped', 0],
    ['restart a --wait running', {}, 'restart', 'started', 1],
    ['create a --if-exists skip --no-wait', off, 'same', 'exists', 0],
    ['create a --if-exists start --wait running', off, 'start', 'started', 1],
    ['delete --yes a', off, 'delete', 'deleted', 0],
    ['wait a --for stopped', off, 'same', 'stopped', 0],
  ])('%s of one that is %o', async (words, server, change, result, count) => {
    addNotebook(bench, 'a', server);
    const { planned, done } = await planAndRun(words);
    expect(planned).toMatchObject({ change, error: null });
    expect(done).toMatchObject({ result, error: null });
    expect(actions()).toHaveLength(count);
  });

  test.each([
    ['create a --if-exists skip', 'wait'],
    ['create a --if-exists skip --wait running', 'wait'],
    ['create a --if-exists skip --no-wait', 'same'],
    ['create a --if-exists start', 'wait'],
  ])('%s of one that is being built', async (words, change) => {
    addNotebook(bench, 'a', building);
    expect(itemsIn(await bench.nb(`${words} --dry-run --json`))).toMatchObject([{ change }]);
  });

  test('start of one that is being built waits for it', async () => {
    await bench.nb('create a --no-wait');
    const { planned, done } = await planAndRun('start a');
    expect(planned?.change).toBe('wait');
    expect(done).toMatchObject({ result: 'exists', status: 'ready' });
  });

  test('delete --if-missing ok of a name that nobody has', async () => {
    const { planned, done } = await planAndRun('delete --yes --if-missing ok a');
    expect([planned?.change, done?.result]).toEqual(['same', 'deleted']);
  });
});

test('apply tells in its plan what it cannot start', async () => {
  addNotebook(bench, 'a', broken);
  addNotebook(bench, 'b', { ...off, ...locked });
  writeFileSync(join(bench.home, 'm.yaml'), 'notebooks: [{names: [a, b]}]');
  const planned = itemsIn(await bench.nb('apply -f m.yaml --dry-run --json'));
  expect(planned.map(({ change }) => change)).toEqual(['refused', 'refused']);
  const { code, stdout, stderr } = await bench.nb('apply -f m.yaml --json');
  expect(stderr).toContain('Plan: 2 to be refused.');
  const done = itemsIn({ stdout });
  expect(done.map(({ error }) => error)).toEqual(planned.map(({ error }) => error));
  expect(code).toBe(10);
});
