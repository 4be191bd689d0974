import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { countsOf, itemsIn, namesOf } from '../support/items.ts';
import { addNotebook, type Workbench, workbench } from '../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);
  quotaOf({ instances: -1, cores: -1, ram: -1 });
});
afterEach(() => bench.close());

const post = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;
const live = () =>
  [...bench.sandbox.cloud.servers.values()].filter(({ status }) => status !== 'DELETED');
const posts = () =>
  bench.sandbox.cloud.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/servers'),
  );
const quotaOf = (quota: Record<string, number>) => {
  const project = bench.sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
  Object.assign(project?.quota ?? {}, quota);
};
const importKey = async () => {
  await bench.nb('create warm-up --no-wait');
  await bench.nb('delete warm-up --yes');
};

describe('create of several names', () => {
  test('prints a line for each as it ends, with its URL, and a summary on stderr', async () => {
    const { code, stdout, stderr } = await bench.nb('create a b c');
    expect(stdout).toMatch(
      /^([abc] is ready: http:\/\/127\.0\.0\.1:\d+\/lab\?token=[0-9a-f]{64} \(\d+s\)\n){3}$/,
    );
    expect(stderr).toMatch(/^([abc]: begun \([123] of 3\)\n){3}3 created in \d+s\.\n$/);
    expect(code).toBe(0);
  });

  test.each(['--json', '-o ndjson'])(
    'with %s prints an object a line, and a summary on stderr',
    async (form) => {
      const { code, stdout, stderr } = await bench.nb(`create a b ${form}`);
      const items = itemsIn({ stdout });
      expect(items.map(({ name }) => name).sort()).toEqual(['a', 'b']);
      for (const item of items) {
        expect(item).toMatchObject({
          result: 'created',
          status: 'ready',
          owner: 'alice',
          error: null,
          labels: {},
        });
        expect(bench.sandbox.cloud.servers.get(item.id ?? '')?.name).toBe(`nb-alice-${item.name}`);
        expect(item.url).toMatch(/\?token=[0-9a-f]{64}$/);
        expect(item.seconds).toBeGreaterThan(0);
      }
      expect(stderr).toMatch(/^2 created in \d+s\.\n$/);
      expect(code).toBe(0);
    },
  );

  test('-o ndjson of one name is such a line as well; --json of one name stays an object', async () => {
    expect(itemsIn(await bench.nb('create a -o ndjson'))).toMatchObject([
      { name: 'a', result: 'created', error: null },
    ]);
    const { stdout } = await bench.nb('create b --json');
    expect(JSON.parse(stdout)).not.toHaveProperty('result');
  });

  test('-q prints the names of those done, and no others', async () => {
    addNotebook(bench, 'b');
    const { code, stdout, stderr } = await bench.nb('create a b c -q');
    expect(stdout.split('\n').sort()).toEqual(['', 'a', 'c']);
    expect(stderr).toContain('error: 2 of 3 done; failed: b.');
    expect(code).toBe(10);
  });

  test('a name that fails leaves the others be: exit 10', async () => {
    addNotebook(bench, 'b');
    const { code, stdout } = await bench.nb('create a b c --json');
    const items = itemsIn({ stdout });
    expect(countsOf(items)).toEqual({ created: 2, failed: 1 });
    expect(items.find(({ name }) => name === 'b')).toMatchObject({
      result: 'failed',
      error: { code: 'NAME_TAKEN', exit: 6, requestId: null },
    });
    expect(code).toBe(10);
  });

  test('where all failed alike the code is theirs', async () => {
    addNotebook(bench, 'a');
    addNotebook(bench, 'b');
    const { code, stderr } = await bench.nb('create a b');
    expect(stderr).toContain('error: None of 2 is done: a exists already (running).');
    expect(code).toBe(6);
  });

  test('looks up images, sizes, networks and limits once for all', async () => {
    const before = bench.sandbox.cloud.requests.length;
    await bench.nb(['create', ...namesOf(8), '--no-wait', '-q']);
    const asked = bench.sandbox.cloud.requests.slice(before).map(({ path }) => path);
    for (const end of ['/images', '/flavors/detail', '/networks', '/limits']) {
      expect(
        asked.filter((path) => path.endsWith(end)),
        end,
      ).toHaveLength(1);
    }
  });

  test('makes a new key pair once, and asks for each notebook once', async () => {
    const refused = () => bench.sandbox.cloud.requests.filter(({ status }) => status === 400);
    const pairs = () =>
      bench.sandbox.cloud.requests
        .filter(({ path }) => path.includes('/os-keypairs'))
        .map(({ method, status }) => `${method} ${status}`);
    expect((await bench.nb(['create', ...namesOf(8), '--no-wait', '-q'])).code).toBe(0);
    expect(posts()).toHaveLength(8);
    expect(refused()).toEqual([]);
    expect(pairs()).toEqual(['GET 404', 'POST 201']);
    await bench.nb(['create', ...namesOf(3, 'more'), '--no-wait', '-q']);
    expect(pairs().slice(2)).toEqual(['GET 200']);
  });

  test('at most so many are built at a time', async () => {
    let most = 0;
    await bench.nb(['create', ...namesOf(9), '--concurrency', '3', '-q'], {
      onSleep: () => {
        most = Math.max(most, live().filter(({ status }) => status === 'BUILD').length);
      },
    });
    expect(most).toBe(3);
    expect(live()).toHaveLength(9);
  });

  test.each(['0', '26', 'x'])('--concurrency %s exits 2', async (count) => {
    const { code, stderr } = await bench.nb(`create a b --concurrency ${count}`);
    expect(stderr).toContain('It takes a whole number from 1 to 25.');
    expect(code).toBe(2);
  });

  test('labels are kept in metadata, told in JSON, and pick notebooks in ls', async () => {
    await bench.nb('create a b --label course=lpd --label year=2026 --no-wait -q');
    await bench.nb('create c --no-wait -q');
    const [first] = JSON.parse((await bench.nb('ls --json --label course=lpd')).stdout);
    expect(first.labels).toEqual({ course: 'lpd', year: '2026' });
    const named = async (words: string) => (await bench.nb(words)).stdout;
    expect(await named('ls -q --label course=lpd --label year=2026')).toBe('a\nb\n');
    expect(await named('ls -q --label course=lpd --label year=2025')).toBe('');
    expect(await named('ls -c name,labels --no-header')).toMatch(/a +course=lpd,year=2026 *\n/);
    expect((await bench.nb('show a')).stdout).toContain('Labels     course=lpd, year=2026');
    const server = live().find(({ name }) => name === 'nb-alice-a');
    expect(server?.metadata).toMatchObject({ 'nubes-nb:label:course': 'lpd' });
  });

  test.each(['create a', 'delete --yes', 'stop --yes', 'ls'])(
    'the same label twice in %s exits 2, and nothing is asked',
    async (verb) => {
      const before = bench.sandbox.cloud.requests.length;
      const { code, stderr } = await bench.nb(`${verb} --label k=1 --label x=1 --label k=2`);
      expect(stderr).toContain("error: The label 'k' is given twice.\nhint: ");
      expect(code).toBe(2);
      expect(bench.sandbox.cloud.requests).toHaveLength(before);
    },
  );

  test.each(['course', 'a b=c', '=x', 'k='])('the label %s exits 2', async (label) => {
    const { code, stderr } = await bench.nb(['create', 'a', '--label', label]);
    expect(stderr).toContain('error: The label');
    expect(code).toBe(2);
    expect(posts()).toEqual([]);
  });
});

describe('--if-exists', () => {
  test('skip leaves a notebook there as it is; a rerun makes what is missing', async () => {
    addNotebook(bench, 'a', { status: 'SHUTOFF' });
    const first = itemsIn(await bench.nb('create a b --if-exists skip --json'));
    expect(first).toMatchObject([
      { name: 'a', result: 'exists', status: 'stopped' },
      { name: 'b', result: 'created' },
    ]);
    const second = await bench.nb('create a b c --if-exists skip --json');
    expect(countsOf(itemsIn(second))).toEqual({ exists: 2, created: 1 });
    expect(second.code).toBe(0);
    expect(live()).toHaveLength(3);
  });

  test('start starts the stopped one', async () => {
    await bench.nb('create a b -q');
    await bench.nb('stop a -q');
    const seen = itemsIn(await bench.nb('create a b --if-exists start --json'));
    expect(seen.sort((one, other) => (one.name < other.name ? -1 : 1))).toMatchObject([
      { name: 'a', result: 'started', status: 'ready' },
      { name: 'b', result: 'exists', status: 'ready' },
    ]);
  });

  test.each(['skip', 'start'])('%s of one name prints its object', async (then) => {
    await bench.nb('create a -q');
    const { code, stdout } = await bench.nb(`create a --if-exists ${then} --json`);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'a',
      nova: { status: 'ACTIVE' },
      url: expect.stringMatching(/\?token=[0-9a-f]{64}$/),
    });
    expect(code).toBe(0);
    expect(live()).toHaveLength(1);
  });

  test("a stranger's notebook of that name is none of one's own", async () => {
    const bob = bench.elsewhere();
    await bob.login('bob');
    await bob.nb('create a --no-wait -q');
    const seen = itemsIn(await bench.nb('create a b --if-exists skip --json'));
    expect(countsOf(seen)).toEqual({ created: 2 });
  });
});

describe('a creation that was killed before its answer', () => {
  const killed = (name: string, at = bench.now()) => {
    const { id } =
      bench.sandbox.cloud.projects.find((each) => each.name === 'jupyter-notebooks') ?? {};
    const entry = { event: 'intended', request: randomUUID(), project: id, owner: 'alice', name };
    const line = JSON.stringify({ at: at.toISOString(), ...entry });
    appendFileSync(join(bench.stateFolder, 'journal.ndjson'), `${line}\n`);
  };

  test.each(['create a', 'create a b'])(
    '%s waits until Nova lists it, and makes no twin',
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
      expect(posts()).toHaveLength(words === 'create a' ? 0 : 1);
      expect(live().filter(({ name }) => name === 'nb-alice-a')).toHaveLength(1);
    },
  );

  test('and that Nova never lists is made after seconds', async () => {
    killed('a');
    const began = bench.now().getTime();
    expect((await bench.nb('create a --no-wait -q')).code).toBe(0);
    expect(bench.now().getTime() - began).toBeLessThan(15_000);
    expect(live()).toHaveLength(1);
  });

  test('by a clock that was ahead is waited for no longer', async () => {
    killed('a', new Date(bench.now().getTime() + 7 * 86_400_000));
    const began = bench.now().getTime();
    expect((await bench.nb('create a --no-wait -q')).code).toBe(0);
    expect(bench.now().getTime() - began).toBeLessThan(15_000);
    expect(live()).toHaveLength(1);
  });

  test.each(['create a', 'create a b --concurrency 1'])(
    '%s waits for it no longer than --timeout, and makes no twin: exit 8',
    async (words) => {
      killed('a');
      const began = bench.now().getTime();
      const seen = await bench.nb(`${words} --timeout 2s -o ndjson`);
      expect(itemsIn(seen).find(({ name }) => name === 'a')?.error).toMatchObject({
        ...{ code: 'TIMED_OUT', exit: 8 },
        message: expect.stringContaining('a creation of a was broken off here a moment ago'),
      });
      expect(bench.now().getTime() - began).toBeLessThan(10_000);
      expect(live().filter(({ name }) => name === 'nb-alice-a')).toEqual([]);
    },
  );
});

describe('quota and limits', () => {
  test('are counted for the whole batch before the first request: exit 7', async () => {
    addNotebook(bench, 'old-run', { status: 'SHUTOFF' });
    quotaOf({ cores: 2 + 44, instances: 100, ram: -1 });
    const { code, stdout, stderr } = await bench.nb(['create', ...namesOf(30)]);
    expect(stderr).toContain(
      'error: 30 × l3.nano need 60 cores; 44 free: 22 fit. Your stopped old-run holds 2 cores.\nhint: --fit',
    );
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(posts()).toEqual([]);
  });

  test('--fit makes as many as fit, and skips the rest: exit 10', async () => {
    quotaOf({ cores: 6, instances: 100, ram: -1 });
    const { code, stdout } = await bench.nb(['create', ...namesOf(5), '--fit', '--json']);
    const items = itemsIn({ stdout });
    expect(countsOf(items)).toEqual({ created: 3, skipped: 2 });
    expect(items.find(({ result }) => result === 'skipped')).toMatchObject({
      seconds: null,
      error: { code: 'QUOTA_EXCEEDED', exit: 7 },
    });
    expect(code).toBe(10);
  });

  test('--fit goes on behind one that does not fit', async () => {
    quotaOf({ cores: 6, instances: 100, ram: -1 });
    const stdin = '{"name":"big","size":"l3.small"}\na\n{"name":"mid","size":"l3.micro"}\nb\n';
    const refused = await bench.nb('create --from -', { stdin });
    expect(refused.stderr).toContain('need 20 cores; 6 free: 2 fit.\nhint: --fit makes as many');
    const { code, stdout } = await bench.nb('create --from - --fit --json', { stdin });
    const made = itemsIn({ stdout }).filter(({ result }) => result === 'created');
    expect(made.map(({ name }) => name).sort()).toEqual(['a', 'mid']);
    expect(code).toBe(10);
  });

  test.each([
    ['the quota', () => quotaOf({ cores: 1, instances: 100, ram: -1 })],
    [
      'the limit',
      () => {
        addNotebook(bench, 'old');
        bench.configure((toml) => toml.replace('per_user = 40', 'per_user = 1'));
      },
    ],
  ])('where none fits into %s, nobody is told of --fit', async (_what, shrink) => {
    shrink();
    const { code, stderr } = await bench.nb('create a b');
    expect(stderr).toContain('none fits');
    expect(stderr).toContain('makes room');
    expect(stderr).not.toContain('--fit');
    expect(code).toBe(7);
  });

  test('--fit --dry-run counts what would be skipped as skipped', async () => {
    quotaOf({ cores: 6, instances: 100, ram: -1 });
    const seen = await bench.nb(['create', ...namesOf(5), '--fit', '--dry-run']);
    expect(seen.stdout).toContain('+ create  train-03 ');
    expect(seen.stdout).toContain('! skip    train-04 ');
    expect(seen.stderr).toContain('Plan: 3 to create, 2 to be skipped. Nothing was done');
    const json = itemsIn(await bench.nb(['create', ...namesOf(4), '--fit', '--dry-run', '--json']));
    expect(json.map(({ change }) => change)).toEqual(['create', 'create', 'create', 'skip']);
    expect(json[3]?.error?.code).toBe('QUOTA_EXCEEDED');
  });

  test.each(['create x', 'create x -o ndjson'])('%s tells need, use and limit', async (words) => {
    addNotebook(bench, 'old-run', { status: 'SHUTOFF' });
    quotaOf({ cores: 2, instances: 100, ram: -1 });
    const { code, stderr } = await bench.nb(words);
    expect(stderr).toContain(
      "error: l3.nano needs 2 cores; 0 free, as 2 of the project's 2 are in use. Your stopped old-run holds 2 cores.\nhint: nubes-nb delete old-run makes room, a stop does not.",
    );
    expect(code).toBe(7);
    bench.configure((toml) => toml.replace('per_user = 40', 'per_user = 1'));
    const limited = await bench.nb(words);
    expect(limited.stderr).toContain(
      'error: You have 1 of 1 notebooks (stopped ones count): old-run.\nhint: nubes-nb delete NAME',
    );
  });

  test('limits.per_user counts as well', async () => {
    const { code, stderr } = await bench.nb(['create', ...namesOf(41)]);
    expect(stderr).toContain(
      'You have 0 of 40 notebooks (stopped ones count); of 41 more, 40 fit.',
    );
    expect(code).toBe(7);
  });

  test('names that are there already need no room', async () => {
    addNotebook(bench, 'train-01');
    quotaOf({ cores: 4, instances: 2, ram: -1 });
    const seen = await bench.nb('create train-01 train-02 --if-exists skip -q');
    expect(seen.code).toBe(0);
  });

  test('a quota that others use up meanwhile ends the batch with what there is', async () => {
    await importKey();
    const seen = await bench.nb(['create', ...namesOf(12), '--concurrency', '1', '--json'], {
      onSleep: () => quotaOf({ cores: 0 }),
    });
    const items = itemsIn(seen);
    expect(countsOf(items)).toEqual({ created: 1, failed: 5, skipped: 6 });
    expect(items.find(({ result }) => result === 'failed')?.error).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      exit: 7,
      requestId: expect.stringMatching(/^req-/),
    });
    expect(items.at(-1)?.error?.message).toMatch(/^Not begun, as this happened 5 times in a row/);
    expect(seen.code).toBe(10);
  });
});

describe('failures', () => {
  test('so many alike in a row stop the rest, as --max-failures says', async () => {
    await importKey();
    bench.sandbox.cloud.faults.next(post, 'error-after-202', { times: 9 });
    const words = ['create', ...namesOf(8), '--max-failures', '2', '--concurrency', '1', '--json'];
    const items = itemsIn(await bench.nb(words));
    expect(countsOf(items)).toEqual({ failed: 2, skipped: 6 });
    expect(items[0]).toMatchObject({ status: 'error', error: { code: 'NO_CAPACITY', exit: 7 } });
  });

  test('a login that is over in the middle stops at once; a new login and a rerun finish', async () => {
    const words = ['create', ...namesOf(6), '--concurrency', '1', '--if-exists', 'skip', '--json'];
    let isOver = false;
    const seen = await bench.nb(words, {
      onSleep: () => {
        if (isOver || live().length < 2) return;
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
    // Nova had the first login's token while it built this one, which an exit code has to tell.
    const rerun = itemsIn(await bench.nb(words)).filter(({ result }) => result === 'failed');
    const broken = rerun.map(({ name }) => name);
    expect(broken).toHaveLength(1);
    await bench.nb(['delete', ...broken, '--yes', '-q']);
    expect((await bench.nb(words)).code).toBe(0);
    expect(live()).toHaveLength(6);
  });

  test('a token that ends in the middle is renewed once for all workers', async () => {
    let isOver = false;
    const before = bench.sandbox.cloud.requests.length;
    const seen = await bench.nb(['create', ...namesOf(8), '--concurrency', '8', '-q'], {
      onSleep: () => {
        // All are asked for, and none is ready.
        if (isOver || live().length < 8) return;
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
    ['fails for a while', 'html-503', 9],
    ['answers with half a list', 'truncated-json', 2],
    ['breaks off', 'reset', 9],
  ] as const)(
    'a Nova that %s fails no notebook that is waited for',
    async (_what, fault, times) => {
      const list = { service: 'Nova', method: 'GET', path: /\/servers\/detail$/ } as const;
      let armed = false;
      const seen = await bench.nb('create a b c --json', {
        onSleep: () => {
          if (armed || live().length < 3) return;
          armed = true;
          bench.sandbox.cloud.faults.next(list, fault, { times });
        },
      });
      expect(countsOf(itemsIn(seen)), seen.stderr).toEqual({ created: 3 });
      expect(bench.sandbox.cloud.faults.pending()).toBe(0);
    },
  );

  test('a Nova that goes on failing is told, once it was asked often enough', async () => {
    const list = { service: 'Nova', method: 'GET', path: /\/servers\/detail$/ } as const;
    let broken = 0;
    const seen = await bench.nb('create a b c --json', {
      onSleep: () => {
        if (broken > 0 || live().length < 3) return;
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

  test('one 429 holds all workers back', async () => {
    await importKey();
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

describe('an interruption', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('%s begins nothing more, tells each name, and a rerun finishes', async (signal, exit) => {
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
      const made = live().find((server) => server.metadata['nubes-nb:notebook'] === name);
      expect({ name, id, made: result === 'failed' }).toEqual({
        ...{ name, id: made?.id ?? null },
        made: made !== undefined,
      });
      if (result === 'failed') expect(status).toBe('creating');
    }
    expect(items[0]?.error?.message).toMatch(/^Stopped watching; train-0\d goes on being built\.$/);
    expect(seen.stderr).toContain('Interrupted, with 0 of 10 done; failed: train-0');
    expect(seen.code).toBe(exit);
    expect(live()).toHaveLength(4);
    const journal = readFileSync(join(bench.stateFolder, 'journal.ndjson'), 'utf8');
    expect(journal.match(/"event":"created"/g)).toHaveLength(4);
    expect((await bench.nb(words)).code).toBe(0);
    expect(live()).toHaveLength(10);
  });

  test('tells the notebook as it was last seen', async () => {
    await bench.close();
    // Neither is ready before the interruption, whatever else the machine does.
    bench = await workbench({ ldap: false, pace: { readyMs: 300_000 } });
    await bench.login();
    const asked = (method: string, end: RegExp) =>
      bench.sandbox.cloud.requests
        .filter((each) => each.method === method && end.test(each.path))
        .map(({ path }) => path);
    const cutOff = (words: string, enough: () => boolean) => {
      const interruption = new AbortController();
      const onSleep = () => {
        if (enough()) interruption.abort('SIGINT');
      };
      return bench.nb(words, { interruption, onSleep });
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
      const { requests } = bench.sandbox.cloud;
      const [, second] = requests.filter(({ method }) => method === 'DELETE');
      const after = second === undefined ? [] : requests.slice(requests.indexOf(second));
      return after.some(({ path }) => path.endsWith('/servers/detail'));
    });
    expect(itemsIn(deleting)).toMatchObject(
      Array(2).fill({ result: 'failed', status: 'deleting' }),
    );
  });

  test('a reader of stdout that goes away stops no work', async () => {
    let lines = 0;
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => {
        lines += 1;
        done(lines > 1 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null);
      },
    });
    const seen = await bench.nb(['create', ...namesOf(6), '-o', 'ndjson'], { stdout });
    expect(seen.code).toBe(0);
    expect(live()).toHaveLength(6);
    const journal = readFileSync(join(bench.stateFolder, 'journal.ndjson'), 'utf8');
    expect(journal.match(/"event":"created"/g)).toHaveLength(6);
  });
});

describe('a stdout that cannot be written', () => {
  const full = (from: number) => {
    let lines = 0;
    return new Writable({
      write: (_chunk, _encoding, done) => {
        lines += 1;
        done(lines > from ? Object.assign(new Error('full'), { code: 'ENOSPC' }) : null);
      },
    });
  };
  const created = () =>
    readFileSync(join(bench.stateFolder, 'journal.ndjson'), 'utf8').match(/"event":"created"/g);

  test.each(['-o ndjson', '-q', ''])(
    '%s stops no work; what was done is said, exit 11',
    async (form) => {
      const words = ['create', ...namesOf(6), '--concurrency', '2', ...form.split(' ')];
      const seen = await bench.nb(
        words.filter((word) => word !== ''),
        { stdout: full(1) },
      );
      expect(live()).toHaveLength(6);
      expect(live().map(({ status }) => status)).toEqual(Array(6).fill('ACTIVE'));
      expect(created()).toHaveLength(6);
      expect(seen.stderr).toMatch(
        /error: 6 created in .*, but not all of it was told\. The output cannot be written: the disk is full\.\nhint: nubes-nb ls/,
      );
      expect(seen.code).toBe(11);
    },
  );

  test('is a warning where the batch itself failed: its code stays', async () => {
    addNotebook(bench, 'a');
    const seen = await bench.nb('create a b -o ndjson', { stdout: full(0) });
    expect(seen.stderr).toContain('warning: The output cannot be written: the disk is full.');
    expect(seen.stderr).toContain('error: 1 of 2 done; failed: a.');
    expect(seen.code).toBe(10);
  });
});

describe('--dry-run', () => {
  test('says what would be done, and touches nothing', async () => {
    addNotebook(bench, 'b');
    rmSync(join(bench.stateFolder, 'journal.ndjson'), { force: true });
    const before = bench.sandbox.cloud.requests.length;
    const { code, stdout, stderr } = await bench.nb('create a b --if-exists skip --dry-run');
    expect(stdout).toBe(
      '+ create  a                        l3.nano, jupyter-notebook-2026.11\n' +
        '=         b                        running\n',
    );
    expect(stderr).toBe('Plan: 1 to create, 1 as they are. Nothing was done (--dry-run).\n');
    expect(code).toBe(0);
    const asked = bench.sandbox.cloud.requests.slice(before);
    expect(asked.map(({ method }) => method).filter((method) => method !== 'GET')).toEqual([]);
    expect(() => readFileSync(join(bench.stateFolder, 'journal.ndjson'))).toThrow('ENOENT');
  });

  test('says what would be refused as things are', async () => {
    addNotebook(bench, 'b');
    const made = await bench.nb('create a b --dry-run');
    expect(made.stdout).toContain('! refused b                        running\n');
    expect(made.stderr).toBe('Plan: 1 to create, 1 to be refused. Nothing was done (--dry-run).\n');
    const gone = await bench.nb('delete b c --yes --dry-run');
    expect(gone.stdout).toContain('! refused c                        not there\n');
    const fine = await bench.nb('delete b c --yes --if-missing ok --dry-run');
    expect(fine.stdout).toContain('=         c                        not there\n');
  });

  test('as JSON is a line for each, without a secret', async () => {
    const { stdout } = await bench.nb('create a b --dry-run --json');
    expect(itemsIn({ stdout })).toMatchObject([
      { name: 'a', change: 'create', dryRun: true, id: null, error: null },
      { name: 'b', change: 'create', dryRun: true },
    ]);
    expect(stdout).not.toContain('token');
  });
});
