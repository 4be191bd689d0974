import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
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

const day = 86_400_000;

/** Notebooks of different states, sizes and ages: the oldest first train-10, broken, train-9, off. */
function fillDifferent() {
  const now = paged.now().getTime();
  const old = (days: number) => ({ created: new Date(now - days * day - 3_600_000) });
  addNotebook(paged, 'train-10', {
    ...old(200),
    flavor: 'l3.small',
    image: 'warehoused-jupyter-notebook-2026.10',
    metadata: {
      'nubes-nb:expires': new Date(now + 2.5 * day).toISOString(),
      'nubes-nb:idle': 'PT43200S',
    },
  });
  addNotebook(paged, 'broken', { ...old(4), status: 'ERROR' });
  addNotebook(paged, 'train-9', { ...old(3), status: 'BUILD' });
  addNotebook(paged, 'off', { ...old(2), status: 'SHUTOFF' });
}

describe('ls of notebooks in different states', () => {
  test.each([
    ['ls -o name --status stopped', 'off'],
    ['ls -o name --status stopped,error', 'broken off'],
    ['ls -o name --status stopped --status error', 'broken off'],
    ['ls -o name --status Running', 'train-10'],
    ['ls -o name --status released', ''],
    ['ls -o name', 'train-10 broken train-9 off'],
    ['ls -o name --sort age', 'train-10 broken train-9 off'],
    ['ls -o name --sort name', 'broken off train-9 train-10'],
    ['ls -o name --sort status', 'train-9 train-10 off broken'],
    ['ls -o name --sort size', 'broken off train-9 train-10'],
    ['ls -o name --sort name --status stopped,creating', 'off train-9'],
  ])('%s prints %s', async (words, names) => {
    fillDifferent();
    const { code, stdout } = await paged.nb(words);
    expect(stdout.trimEnd().split('\n').join(' ')).toBe(names);
    expect(code).toBe(0);
  });

  test('ls --sort name -o ndjson and --json print the same order', async () => {
    fillDifferent();
    const lines = (await paged.nb('ls --sort name -o ndjson')).stdout.trimEnd().split('\n');
    const names = lines.map((line) => JSON.parse(line).name);
    expect(names).toEqual(['broken', 'off', 'train-9', 'train-10']);
    const array = JSON.parse((await paged.nb('ls --sort name --json')).stdout);
    expect(array.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  test.each(['stoped', '', 'running,', 'ACTIVE'])(
    'ls --status "%s" exits 2, names the states and sends no request',
    async (status) => {
      const before = paged.sandbox.cloud.requests.length;
      const { code, stderr } = await paged.nb(['ls', '--status', status]);
      expect(code).toBe(2);
      expect(stderr).toContain(
        'creating, starting, ready, running, unreachable, stopping, stopped',
      );
      expect(paged.sandbox.cloud.requests.length).toBe(before);
    },
  );

  test('ls --status without such a notebook says so on stderr', async () => {
    fillDifferent();
    expect(await paged.nb('ls --status released')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'You have no notebooks with that status.\n',
    });
  });

  test('-c prints times as people say them on a terminal, and RFC 3339 elsewhere', async () => {
    fillDifferent();
    const words = 'ls -c expires,idle,age,owner,image --status running --no-header';
    const shown = stripVTControlCharacters((await paged.nb(words, { terminal: 200 })).stdout);
    expect(shown).toMatch(/^in 2 days {2}12h {2}200d {2}alice {2}\S+\n$/);
    const piped = (await paged.nb(words)).stdout;
    expect(piped).toMatch(/^\d{4}-\S+Z {2}PT43200S {2}\d{4}-\S+Z {2}alice {2}\S+\n$/);
  });

  test('a terminal shows stopped notebooks dim and those in error red', async () => {
    fillDifferent();
    const { stdout } = await paged.nb('ls', { terminal: 120 });
    expect(stdout).toContain('\u001b[2mstopped\u001b[22m');
    expect(stdout).toContain('\u001b[31merror\u001b[39m');
    expect((await paged.nb('ls --no-color', { terminal: 120 })).stdout).not.toContain('\u001b');
  });

  test.each([40, 80, 120])(
    'ls -o wide on a terminal of %i columns leaves out columns and cuts no value',
    async (columns) => {
      fillDifferent();
      const { stdout, stderr } = await paged.nb('ls -o wide', { terminal: columns });
      const lines = stripVTControlCharacters(stdout).trimEnd().split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(stdout).not.toContain('…');
      expect(lines[1]).toContain('train-10');
      expect(stderr.replaceAll('\n  ', ' ')).toMatch(
        /^The terminal is too narrow for .*vm.*; -c or a pipe shows them\.\n/,
      );
    },
  );

  test('a terminal shows hints on stderr about the old, the stopped and a deactivated image', async () => {
    fillDifferent();
    const { stderr } = await paged.nb('ls', { terminal: 80 });
    expect(stderr.split('\n')).toEqual([
      'hint: 1 notebook is older than 180 days (train-10): nubes-nb delete NAME',
      expect.stringMatching(
        /^hint: 1 notebook is stopped and holds \d+ cores, \d+ GiB \(off\): nubes-nb delete NAME$/,
      ),
      '',
    ]);
  });

  test('ls -o wide on a terminal also names the notebooks whose image is deactivated', async () => {
    fillDifferent();
    const { stderr } = await paged.nb('ls -o wide', { terminal: 300 });
    expect(stderr).toContain(
      'hint: 1 notebook has a deactivated image (train-10): nubes-nb images\n',
    );
    const before = paged.sandbox.cloud.requests.length;
    expect((await paged.nb('ls -o wide')).stderr).toBe('');
    const made = paged.sandbox.cloud.requests.slice(before).map(({ service }) => service);
    expect(made).not.toContain('Glance');
  });

  test('ls -o wide prints the table although Glance refuses the list of images', async () => {
    fillDifferent();
    paged.sandbox.cloud.faults.next({ service: 'Glance', path: /images/ }, 'forbidden');
    const { code, stdout, stderr } = await paged.nb('ls -o wide', { terminal: 300 });
    expect(stdout).toContain('train-10');
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
  });

  test('a hint has as many names as fit its line', async () => {
    for (let at = 1; at <= 12; at += 1) addNotebook(paged, `stopped-${at}`, { status: 'SHUTOFF' });
    const { stderr } = await paged.nb('ls', { terminal: 80 });
    expect(stderr).toMatch(
      /^hint: 12 notebooks are stopped and hold .*\(stopped-1, …\):\n {2}nubes-nb delete NAME\n$/,
    );
  });

  test.each([
    ['ls', undefined],
    ['ls -q', 80],
    ['ls --json', 80],
    ['ls -o name', 80],
  ])('%s on %s columns prints no hint', async (words, terminal) => {
    fillDifferent();
    const options = terminal === undefined ? {} : { terminal };
    expect((await paged.nb(words, options)).stderr).toBe('');
  });
});

describe('ls --watch', () => {
  test.each([
    ['ls --watch', {}, 'stdout is not a terminal'],
    ['ls --watch --no-input', { terminal: 80 }, '--no-input is set'],
    ['ls --watch --json', { terminal: 80 }, '-o json is not a table'],
    ['ls --watch --probe', { terminal: 80 }, 'a probe of each notebook takes too long'],
    ['ls --watch --status ready', { terminal: 80 }, 'a probe of each notebook takes too long'],
  ])('%s with %j exits 2, says why and sends no request', async (words, options, why) => {
    const before = paged.sandbox.cloud.requests.length;
    const { code, stdout, stderr } = await paged.nb(words, options);
    expect(stripVTControlCharacters(stderr)).toMatch(`error: Cannot watch: ${why}.\nhint: `);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(paged.sandbox.cloud.requests.length).toBe(before);
  });

  test('ls --watch -o wide sends one request every three seconds, and goes on after a failure', async () => {
    fillDifferent();
    const before = paged.sandbox.cloud.requests.length;
    const interruption = new AbortController();
    const { code, stdout } = await paged.nb('ls --watch -o wide', {
      terminal: 200,
      interruption,
      onSleep: (waited) => {
        const list = { service: 'Nova', path: /\/servers\/detail$/ } as const;
        if (waited === 3_000) paged.sandbox.cloud.faults.next(list, 'forbidden');
        if (waited === 9_000) interruption.abort('SIGINT');
      },
    });
    const made = paged.sandbox.cloud.requests.slice(before);
    const ofNova = made.filter(({ service }) => service === 'Nova').map(({ path }) => path);
    expect(ofNova).toEqual(Array(4).fill(expect.stringMatching(/servers\/detail$/)));
    const failed = stdout.split('\u001b[H').filter((frame) => frame.includes('Nova'));
    expect(failed).toHaveLength(1);
    expect(failed[0]).toContain('train-10');
    expect(code).toBe(130);
  });
});
