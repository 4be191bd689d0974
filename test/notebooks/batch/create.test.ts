import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createRequests, liveServers, setQuota, unlimitedBench } from '../../support/cloud.ts';
import { countsOf, itemsIn, namesOf } from '../../support/items.ts';
import { addNotebook } from '../../support/workbench.ts';

const bench = await unlimitedBench();

describe('create of several names', () => {
  test('create of several names prints a line with the URL of each, and a summary on stderr', async () => {
    const { code, stdout, stderr } = await bench.nb('create a b c');
    expect(stdout).toMatch(
      /^([abc] is ready: http:\/\/127\.0\.0\.1:\d+\/lab\?token=[0-9a-f]{32} \(\d+s\)\n){3}$/,
    );
    expect(stderr).toMatch(/^([abc]: in progress \([123] of 3\)\n){3}3 created in \d+s\.\n$/);
    expect(code).toBe(0);
  });

  test('on a terminal of 80 columns, create of several names breaks no URL and no word', async () => {
    setQuota(bench, { cores: 2, instances: 1, ram: -1 });
    const { stdout } = await bench.nb('create train-01 train-02 --fit', { terminal: 80 });
    expect(stripVTControlCharacters(stdout).replace(/ \(\d+s\)$/gm, '')).toMatch(
      /^train-02 skipped: the quota has room for 1 of 2 .*, 1\n {2}free; 4 cores needed, 2 free\)\.\ntrain-01 is ready:\n {2}http:\S+token=\w{32}\n$/,
    );
  });

  test.each(['--json', '-o ndjson'])(
    'create of several names with %s prints an object per line, and a summary on stderr',
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
        expect(item.url).toMatch(/\?token=[0-9a-f]{32}$/);
        expect(item.seconds).toBeGreaterThan(0);
      }
      expect(stderr).toMatch(/^2 created in \d+s\.\n$/);
      expect(code).toBe(0);
    },
  );

  test('create of one name prints a result line with -o ndjson, and the notebook with --json', async () => {
    expect(itemsIn(await bench.nb('create a -o ndjson'))).toMatchObject([
      { name: 'a', result: 'created', error: null },
    ]);
    const { stdout } = await bench.nb('create b --json');
    expect(JSON.parse(stdout)).not.toHaveProperty('result');
  });

  test('create -q prints only the names of created notebooks', async () => {
    addNotebook(bench, 'b');
    const { code, stdout, stderr } = await bench.nb('create a b c -q');
    expect(stdout.split('\n').sort()).toEqual(['', 'a', 'c']);
    expect(stderr).toContain('error: 2 of 3 done; refused: b.');
    expect(code).toBe(10);
  });

  test('create exits 10 if one name is taken, and creates the others', async () => {
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

  test('create exits with the code of its notebooks if all fail alike', async () => {
    addNotebook(bench, 'a');
    addNotebook(bench, 'b');
    const { code, stderr } = await bench.nb('create a b');
    expect(stderr).toContain('error: 0 of 2 done: a exists already (running).');
    expect(code).toBe(6);
  });

  test('create of several names reads images, sizes, networks and limits once', async () => {
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

  test('create of several names imports a new key pair once, and sends one request per notebook', async () => {
    const refused = () => bench.sandbox.cloud.requests.filter(({ status }) => status === 400);
    const pairs = () =>
      bench.sandbox.cloud.requests
        .filter(({ path }) => path.includes('/os-keypairs'))
        .map(({ method, status }) => `${method} ${status}`);
    expect((await bench.nb(['create', ...namesOf(8), '--no-wait', '-q'])).code).toBe(0);
    expect(createRequests(bench)).toHaveLength(8);
    expect(refused()).toEqual([]);
    expect(pairs()).toEqual(['GET 404', 'POST 201']);
    await bench.nb(['create', ...namesOf(3, 'more'), '--no-wait', '-q']);
    expect(pairs().slice(2)).toEqual(['GET 200']);
  });

  test('create never builds more notebooks at a time than --concurrency', async () => {
    let most = 0;
    await bench.nb(['create', ...namesOf(9), '--concurrency', '3', '-q'], {
      onSleep: () => {
        most = Math.max(most, liveServers(bench).filter(({ status }) => status === 'BUILD').length);
      },
    });
    expect(most).toBe(3);
    expect(liveServers(bench)).toHaveLength(9);
  });

  test.each(['0', '26', 'x'])('create --concurrency %s exits 2', async (count) => {
    const { code, stderr } = await bench.nb(`create a b --concurrency ${count}`);
    expect(stderr).toContain('It takes a whole number from 1 to 25.');
    expect(code).toBe(2);
  });
});
