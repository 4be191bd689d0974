import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addNotebook, sharedBench, type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  await bench.nb('create first --no-wait');
  await bench.nb('create second --no-wait');
});
afterAll(() => bench.close());

describe('ls', () => {
  test('ls makes one HTTP request', async () => {
    const before = bench.sandbox.cloud.requests.length;
    await bench.nb('ls');
    const made = bench.sandbox.cloud.requests.slice(before);
    expect(made.map(({ service, path }) => `${service} ${path}`)).toEqual([
      expect.stringMatching(/^Nova .*\/servers\/detail$/),
    ]);
  });

  test('ls makes two HTTP requests if the token has expired', async () => {
    bench.pass(5 * 3_600_000);
    const before = bench.sandbox.cloud.requests.length;
    expect((await bench.nb('ls')).code).toBe(0);
    expect(bench.sandbox.cloud.requests.length - before).toBe(2);
  });

  test('ls makes the same request and gets as many bytes among 1,500 VMs of other project members', async () => {
    const { cloud } = bench.sandbox;
    await bench.nb('ls -q');
    const alone = cloud.requests.at(-1);
    const tags = ['nubes-nb', 'nubes-nb.u=bob', 'nubes-nb.n=vm'];
    for (let index = 0; index < 1_500; index += 1) {
      const name = `vm-${index}`;
      cloud.addServer({ user: 'bob', name, status: 'ERROR', tags: index % 2 === 0 ? tags : [] });
    }
    const before = cloud.requests.length;
    const { stdout } = await bench.nb('ls -q');
    expect(stdout).toBe('first\nsecond\n');
    const { path, query, bytes } = alone ?? {};
    expect(cloud.requests.slice(before)).toEqual([expect.objectContaining({ path, query, bytes })]);
  });

  test('ls prints a table without colour and with full timestamps if stdout is not a terminal', async () => {
    const { stdout } = await bench.nb('ls');
    expect(stdout).toMatch(/^NAME +STATUS +SIZE +ADDRESS +CREATED\n/);
    expect(stdout).toMatch(/\nfirst +\w+ +l3\.nano +\S+ +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ *\n/);
    expect(stdout).not.toContain('\u001b');
  });

  test('ls prints ages and fits the width on a terminal', async () => {
    const { stdout } = await bench.nb('ls -o wide', { terminal: 80 });
    const plain = stdout.replace(/\u001b\[\d+m/g, '');
    expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(plain).toMatch(/\nfirst .* 5h/);
  });

  test.each([
    ['ls --json', /^\[\n {2}\{\n {4}"name": "first"/],
    ['--json list', /^\[\n/],
    ['ls -o ndjson', /^\{"name":"first".*\}\n\{"name":"second".*\}\n$/],
    ['ls -o name', /^first\nsecond\n$/],
    ['ls -c status,name --no-header', /^\w+ +first *\n\w+ +second *\n$/],
  ])('%s prints nothing but data', async (words, form) => {
    const { code, stdout, stderr } = await bench.nb(words);
    expect(stdout).toMatch(form);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('ls never prints a token', async () => {
    expect((await bench.nb('ls --json')).stdout).not.toContain('token=');
  });

  test('ls without notebooks prints on stderr how to create one', async () => {
    const other = bench.secondComputer();
    await other.login('carol');
    expect(await other.nb('ls')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'You have no notebooks. Create one: nubes-nb create NAME\n',
    });
    expect((await other.nb('ls --json')).stdout).toBe('[]\n');
  });
});

const paged = await sharedBench();

/** Adds six notebooks, three of them of one second, of which a page has two. */
function fillThreePages(): string[] {
  const { cloud } = paged.sandbox;
  cloud.limitLists(2);
  const second = (at: number) => new Date(1_790_000_000_000 + at * 1_000);
  const names = ['first', 'm', 'z', 'a', 'fifth', 'last'];
  const seconds = [0, 1, 1, 1, 2, 3];
  for (const [at, name] of names.entries()) {
    addNotebook(paged, name, { status: 'BUILD', created: second(seconds[at] ?? 0) });
  }
  return ['first', 'a', 'm', 'z', 'fifth', 'last'];
}

/** A stdout that records how many lists had been answered at each write, and may be closed by its reader. */
function observed({ closes = false } = {}) {
  const writes: { readonly lists: number; readonly names: string[] }[] = [];
  const { cloud } = paged.sandbox;
  const before = cloud.requests.length;
  const lists = () => cloud.requests.length - before;
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const lines = chunk.toString().trimEnd().split('\n');
      writes.push({ lists: lists(), names: lines.map((line) => JSON.parse(line).name) });
      done(closes ? Object.assign(new Error('closed'), { code: 'EPIPE' }) : null);
    },
  });
  return { stdout, writes, lists };
}

describe('ls of three pages', () => {
  test('ls -o ndjson prints the notebooks of each page before it requests the next one', async () => {
    fillThreePages();
    const { stdout, writes } = observed();
    expect(await paged.nb('ls -o ndjson', { stdout })).toMatchObject({ code: 0, stderr: '' });
    // Those of one second wait until all of them are known; the list ends with an empty page.
    expect(writes).toEqual([
      { lists: 1, names: ['first'] },
      { lists: 3, names: ['a', 'm', 'z', 'fifth'] },
      { lists: 4, names: ['last'] },
    ]);
  });

  test.each(['ls -o name', 'ls -c name --no-header', 'ls -o ndjson', 'ls --json'])(
    '%s prints all, the oldest first and those of one second by name',
    async (words) => {
      const names = fillThreePages();
      const { code, stdout } = await paged.nb(words);
      expect(code).toBe(0);
      const found = stdout.match(
        words.includes('json') ? /(?<="name": ?")[a-z]+(?=",\s*"owner)/g : /\w+/g,
      );
      expect(found).toEqual(names);
      if (words === 'ls --json') {
        expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), undefined, 2)}\n`);
      }
    },
  );

  test('ls -o ndjson ends without another request when the reader closes the pipe', async () => {
    fillThreePages();
    const { stdout, writes, lists } = observed({ closes: true });
    expect(await paged.nb('ls -o ndjson', { stdout })).toMatchObject({ code: 0, stderr: '' });
    expect(writes).toEqual([{ lists: 1, names: ['first'] }]);
    expect(lists()).toBe(1);
  });

  test.each([
    ['ls -o ndjson', ['first']],
    ['ls --json', []],
    ['ls', []],
  ])('%s with an error on the second page prints %j and exits 5', async (words, names) => {
    fillThreePages();
    const page = { service: 'Nova', path: /\/servers\/detail$/ } as const;
    paged.sandbox.cloud.faults.next(page, 'forbidden', { after: 1 });
    const { code, stdout, stderr } = await paged.nb(words);
    const lines = stdout.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line).name)).toEqual(names);
    expect(stderr).toMatch(/^error: /);
    expect(code).toBe(5);
  });

  test('ls -o ndjson continues after the last notebook of a page was deleted meanwhile', async () => {
    fillThreePages();
    const { stdout, writes } = observed();
    const write = stdout.write.bind(stdout);
    const deleted: string[] = [];
    const reader = new Writable({
      write(chunk: Buffer, _encoding, done) {
        write(chunk);
        const names = writes.at(-1)?.names ?? [];
        void paged.nb(['delete', ...names, 'm', '--yes', '--if-missing', 'ok', '-q']).then(() => {
          deleted.push(...names);
          done();
        });
      },
    });
    expect(await paged.nb('ls -o ndjson', { stdout: reader })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(deleted).toEqual(['first', 'a', 'm', 'z', 'fifth', 'last']);
  });
});
