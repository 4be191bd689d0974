import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createRequests, liveServers, unlimitedBench } from '../../support/cloud.ts';
import { countsOf, itemsIn, namesOf } from '../../support/items.ts';
import { addNotebook, workbench } from '../../support/workbench.ts';

const bench = await unlimitedBench();

describe('create after an interrupted creation of the same name', () => {
  const killed = (name: string, at = bench.now()) => {
    const { id } =
      bench.sandbox.cloud.projects.find((each) => each.name === 'jupyter-notebooks') ?? {};
    const entry = { event: 'requested', request: randomUUID(), project: id, owner: 'alice', name };
    const line = JSON.stringify({ at: at.toISOString(), ...entry });
    appendFileSync(join(bench.stateFolder, 'journal.ndjson'), `${line}\n`);
  };

  test.each(['create a', 'create a b'])(
    '%s waits until Nova lists the first VM, and creates no duplicate',
    async (words) => {
      killed('a');
      let added = false;
      const seen = await bench.nb(`${words} --if-exists skip --json`, {
        onSleep: () => {
          if (!added) addNotebook(bench, 'a');
          added = true;
        },
      });
      expect(seen.code, seen.stderr).toBe(0);
      expect(createRequests(bench)).toHaveLength(words === 'create a' ? 0 : 1);
      expect(liveServers(bench).filter(({ name }) => name === 'nb-alice-a')).toHaveLength(1);
    },
  );

  test('create makes its own VM within 15 s if Nova never lists the first one', async () => {
    killed('a');
    const began = bench.now().getTime();
    expect((await bench.nb('create a --wait running -q')).code).toBe(0);
    expect(bench.now().getTime() - began).toBeLessThan(15_000);
    expect(liveServers(bench)).toHaveLength(1);
  });

  test('create makes its own VM within 15 s if the journal entry is from the future', async () => {
    killed('a', new Date(bench.now().getTime() + 7 * 86_400_000));
    const began = bench.now().getTime();
    expect((await bench.nb('create a --wait running -q')).code).toBe(0);
    expect(bench.now().getTime() - began).toBeLessThan(15_000);
    expect(liveServers(bench)).toHaveLength(1);
  });

  test.each(['create a', 'create a b --concurrency 1'])(
    '%s exits 8 at --timeout while it waits for the first VM, and creates no duplicate',
    async (words) => {
      killed('a');
      const began = bench.now().getTime();
      const seen = await bench.nb(`${words} --timeout 2s -o ndjson`);
      expect(itemsIn(seen).find(({ name }) => name === 'a')?.error).toMatchObject({
        ...{ code: 'TIMED_OUT', exit: 8 },
        message: expect.stringContaining(
          'an earlier creation of a was interrupted on this computer',
        ),
      });
      expect(bench.now().getTime() - began).toBeLessThan(10_000);
      expect(liveServers(bench).filter(({ name }) => name === 'nb-alice-a')).toEqual([]);
    },
  );
});

describe('an interruption of a batch', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])(
    'create begins nothing after %s and exits %i with a result per name, and a rerun finishes',
    async (signal, exit) => {
      const interruption = new AbortController();
      const names = namesOf(10);
      const words = ['create', ...names, '--if-exists', 'skip', '--json'];
      const seen = await bench.nb(words, {
        interruption,
        onSleep: (waited) => {
          if (waited > 2_000) interruption.abort(signal);
        },
      });
      const items = itemsIn(seen);
      expect(items.map(({ name }) => name).sort()).toEqual(names);
      expect(countsOf(items)).toEqual({ failed: 4, skipped: 6 });
      for (const { name, result, id, status } of items) {
        const made = liveServers(bench).find(
          (server) => server.metadata['nubes-nb:notebook'] === name,
        );
        expect({ name, id, made: result === 'failed' }).toEqual({
          ...{ name, id: made?.id ?? null },
          made: made !== undefined,
        });
        if (result === 'failed') expect(status).toBe('creating');
      }
      expect(items[0]?.error?.message).toMatch(
        /^Stopped waiting; train-0\d is still being created\.$/,
      );
      expect(seen.stderr).toContain('Interrupted, with 0 of 10 done; interrupted: train-0');
      expect(seen.code).toBe(exit);
      expect(liveServers(bench)).toHaveLength(4);
      const journal = readFileSync(join(bench.stateFolder, 'journal.ndjson'), 'utf8');
      expect(journal.match(/"event":"created"/g)).toHaveLength(4);
      expect((await bench.nb(words)).code).toBe(0);
      expect(liveServers(bench)).toHaveLength(10);
    },
  );

  test('create and delete print each notebook as last seen after Ctrl-C', async () => {
    // Neither is ready before the interruption, whatever else the machine does.
    const slow = await workbench({ ldap: false, pace: { readyMs: 300_000 } });
    onTestFinished(slow.close);
    await slow.login();
    const asked = (method: string, end: RegExp) =>
      slow.sandbox.cloud.requests
        .filter((each) => each.method === method && end.test(each.path))
        .map(({ path }) => path);
    const cutOff = (words: string, enough: () => boolean) => {
      const interruption = new AbortController();
      const onSleep = () => {
        if (enough()) interruption.abort('SIGINT');
      };
      return slow.nb(words, { interruption, onSleep });
    };
    // Consoles are asked of what was seen ACTIVE.
    const seen = await cutOff(
      'create a b --json',
      () => new Set(asked('POST', /\/action$/)).size === 2,
    );
    for (const item of itemsIn(seen)) {
      expect(item).toMatchObject({
        ...{ result: 'failed', status: 'running', key: `alice/${item.name}` },
        ...{ url: expect.stringMatching(/\/lab$/), error: { code: 'INTERRUPTED' } },
      });
    }
    const deleting = await cutOff('delete a b --yes --json', () => {
      const { requests } = slow.sandbox.cloud;
      const [, second] = requests.filter(({ method }) => method === 'DELETE');
      const after = second === undefined ? [] : requests.slice(requests.indexOf(second));
      return after.some(({ path }) => path.endsWith('/servers/detail'));
    });
    expect(itemsIn(deleting)).toMatchObject(
      Array(2).fill({ result: 'failed', status: 'deleting' }),
    );
  });
});
