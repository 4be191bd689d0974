import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importKey, post } from '../../support/cloud.ts';
import { itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);

const journalFile = () => join(bench.stateFolder, 'journal.ndjson');
const journal = () => readFileSync(journalFile(), 'utf8');
const there = () =>
  [...bench.sandbox.cloud.servers.values()]
    .filter(({ status, taskState }) => status !== 'DELETED' && taskState !== 'deleting')
    .map(({ id }) => id);

type Event = 'requested' | 'created' | 'completed' | 'removed-duplicate';

/** Writes down what a creation of this computer noted until it was killed. */
function note(request: string, id: string, events: readonly Event[], more: object = {}): void {
  const { id: project } =
    bench.sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks') ?? {};
  for (const event of events) {
    const entry = { event, request, project, owner: 'alice', name: 'tw', goal: 'ready', ...more };
    const line = {
      at: bench.now().toISOString(),
      ...entry,
      ...(event === 'requested' ? {} : { id }),
    };
    appendFileSync(journalFile(), `${JSON.stringify(line)}\n`);
  }
}

/** `tw`, created and reported, and a later VM of that name. */
async function createDuplicates({ locked = false } = {}): Promise<{
  first: string;
  second: string;
  request: string;
}> {
  await bench.nb('create tw -q');
  const [first = ''] = there();
  bench.pass(2_000);
  const request = randomUUID();
  const metadata = { 'nubes-nb:request': request };
  const { id: second } = addNotebook(bench, 'tw', { locked, metadata });
  return { first, second, request };
}

test('create --if-exists skip that times out prints the token and records the VM as reported', async () => {
  await bench.nb('create tw --no-wait -q');
  const [id = ''] = there();
  const interrupted = journal()
    .split('\n')
    .filter((line) => !/"(reported|completed)"/.test(line));
  writeFileSync(journalFile(), interrupted.join('\n'));
  const seen = await bench.nb('create tw --if-exists skip --timeout 1s --json');
  expect(seen.code).toBe(8);
  expect(JSON.parse(seen.stdout).url).toContain('?token=');
  expect(journal()).toContain('"reported"');
  expect(there()).toEqual([id]);
});

describe('a duplicate that an interrupted create on this computer left', () => {
  const killed: readonly (readonly [string, readonly Event[]])[] = [
    ['before Nova’s answer', ['requested']],
    ['after it', ['requested', 'created']],
  ];

  test.each(
    killed.flatMap(([when, events]) =>
      ['create tw --if-exists skip', 'create tw x --if-exists start', 'apply -f class.yaml'].map(
        (words) => [when, words, events] as const,
      ),
    ),
  )(
    'a duplicate of a create killed %s is deleted by %s, which reuses the first VM',
    async (_when, words, events) => {
      const { first, second, request } = await createDuplicates();
      note(request, second, events);
      writeFileSync(join(bench.home, 'class.yaml'), 'notebooks: [{name: tw}]\n');
      const seen = await bench.nb(`${words} -o ndjson`);
      expect(seen.code, seen.stderr).toBe(0);
      expect(itemsIn(seen).find(({ name }) => name === 'tw')).toMatchObject({
        result: 'exists',
        id: first,
      });
      expect(there()).toContain(first);
      expect(there()).not.toContain(second);
      expect(seen.stderr).toContain(
        `warning: the VM ${second} was removed: a creation of tw that was interrupted on this computer had left it as a duplicate.`,
      );
      expect(journal()).toMatch(
        new RegExp(`"removed-duplicate","request":"${request}".*"id":"${second}"`),
      );
      expect((await bench.nb('delete tw --yes -q')).code).toBe(0);
      expect(there()).not.toContain(first);
    },
  );

  test('create of a taken name deletes the duplicate before it exits 6', async () => {
    const { first, second, request } = await createDuplicates();
    note(request, second, ['requested', 'created']);
    const seen = await bench.nb('create tw');
    expect(seen.stderr).toContain('error: tw exists already');
    expect(seen.code).toBe(6);
    expect(there()).toEqual([first]);
  });

  test('create of a taken name reports the status of the surviving VM', async () => {
    await bench.nb('create tw -q');
    const request = randomUUID();
    const created = new Date(bench.now().getTime() - 90_000);
    const metadata = { 'nubes-nb:request': request };
    const { id } = addNotebook(bench, 'tw', { created, status: 'ERROR', metadata });
    note(request, id, ['requested']);
    const seen = await bench.nb('create tw');
    expect(seen.stderr).toContain('error: tw exists already (running)');
    expect(seen.code).toBe(6);
    expect(there()).not.toContain(id);
  });

  test('create --dry-run mentions the duplicate and does not delete it', async () => {
    const { first, second, request } = await createDuplicates();
    note(request, second, ['requested', 'created']);
    const before = journal();
    const { code, stdout } = await bench.nb('create tw x --if-exists skip --dry-run');
    expect(stdout).toContain(
      '=         tw                       running; a second VM of it will be removed\n',
    );
    expect(code).toBe(0);
    expect(there()).toEqual([first, second]);
    expect(journal()).toBe(before);
  });

  test('a create whose VM another command deletes as a duplicate exits 6', async () => {
    const removed = { by: '' };
    const seen = await bench.nb('create tw -o ndjson', {
      onSleep: async () => {
        const [made] = there();
        if (made === undefined || removed.by !== '') return;
        const created = new Date(bench.now().getTime() - 60_000);
        const first = addNotebook(bench, 'tw', { created });
        removed.by = (await bench.nb('create tw --if-exists skip --no-wait')).stderr;
        expect(there()).toEqual([first.id]);
      },
    });
    expect(removed.by).toContain(' was removed: ');
    expect(itemsIn(seen)[0]?.error).toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringContaining('Another process created tw at the same time and was first'),
    });
    expect(seen.code).toBe(6);
  });
});

describe('a VM that is being deleted and whose task state the building host has overwritten', () => {
  const looksAlive = { service: 'Nova', method: 'DELETE' } as const;

  test('does not count as a second VM of the name', async () => {
    const { faults } = bench.sandbox.cloud;
    await importKey(bench);
    faults.next(post, 'bad-gateway-after-create');
    faults.next(post, 'list-lag', { ms: 19_000 });
    expect((await bench.nb('create tw')).code).toBe(8);
    faults.next(looksAlive, 'unmarked-delete', { ms: 15_000 });
    const seen = await bench.nb('create tw --if-exists skip --json');
    expect(seen.code, seen.stderr).toBe(0);
    expect(there()).toEqual([JSON.parse(seen.stdout).id]);
    expect((await bench.nb('stop tw')).code).toBe(0);
  });

  test('is not kept by a rerun after a kill between its deletion and its end', async () => {
    const { first, second, request } = await createDuplicates();
    note(request, second, ['requested', 'created', 'removed-duplicate']);
    const seen = await bench.nb('create tw --if-exists skip --json');
    expect(seen.code, seen.stderr).toBe(0);
    expect(JSON.parse(seen.stdout).id).toBe(first);
  });
});

describe('a request to create that an intermediary sends twice', () => {
  test.each([
    'create tw --json',
    'create tw --no-wait --json',
    'create tw --wait running --json',
    'create tw x -o ndjson',
  ])('%s keeps the VM of its response, deletes the other and says why', async (words) => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'repeated');
    const seen = await bench.nb(words);
    expect(seen.code, seen.stderr).toBe(0);
    expect(seen.stderr).toMatch(
      /warning: the VM \S+ was removed: a proxy or load balancer had sent the request for (tw|x) twice, and Nova had made a second VM\./,
    );
    expect(there()).toHaveLength(words.includes('x') ? 2 : 1);
    expect((await bench.nb('show tw')).code).toBe(0);
  });

  test('one whose response was lost leaves one VM', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'repeated');
    bench.sandbox.cloud.faults.next(post, 'bad-gateway-after-create');
    const seen = await bench.nb('create tw --json');
    expect(seen.code, seen.stderr).toBe(0);
    expect(there()).toEqual([JSON.parse(seen.stdout).id]);
  });

  test('a second VM that Nova lists after the create has ended is removed by the next one', async () => {
    const created = await bench.nb('create tw --json');
    const { id } = JSON.parse(created.stdout);
    const [server] = bench.sandbox.cloud.servers.values();
    const { metadata } = server ?? { metadata: {} };
    const repeated = addNotebook(bench, 'tw', { metadata });
    const seen = await bench.nb('create tw --if-exists skip --json');
    expect(seen.code, seen.stderr).toBe(0);
    expect(seen.stderr).toContain(`the VM ${repeated.id} was removed: a proxy or load balancer`);
    expect(there()).toEqual([id]);
  });
});

describe('create leaves two VMs of one name alone and lists their UUIDs if the second', () => {
  const stay = async (words: string, { first, second }: { first: string; second: string }) => {
    const { code, stderr } = await bench.nb(words);
    expect(stderr).toContain('error: 2 of your VMs are named tw.');
    expect(stderr).toContain(`use the UUID of one: ${first}, ${second}`);
    expect(code).toBe(6);
    expect(there().sort()).toEqual([first, second].sort());
  };
  const skip = 'create tw --if-exists skip';

  test.each([skip, `${skip} --dry-run -o ndjson`])(
    'was made by another computer: %s',
    async (words) => {
      const both = await createDuplicates();
      if (words === skip) return stay(words, both);
      expect(itemsIn(await bench.nb(words))[0]).toMatchObject({
        change: 'refused',
        error: { exit: 6 },
      });
    },
  );

  test.each<[string, readonly Event[], object]>([
    ['was completed here', ['requested', 'created', 'completed'], {}],
    ['has another UUID than the journal', ['requested', 'created'], { id: randomUUID() }],
    ['was created by another user', ['requested', 'created'], { owner: 'bob' }],
    ['was created in another project', ['requested', 'created'], { project: randomUUID() }],
    ['was recorded without a goal', ['requested', 'created'], { goal: undefined }],
  ])('%s', async (_what, events, more) => {
    const both = await createDuplicates();
    note(both.request, 'id' in more ? String(more.id) : both.second, events, more);
    await stay(skip, both);
  });

  test('was created by another computer and the first, in ERROR, here', async () => {
    const request = randomUUID();
    const metadata = { 'nubes-nb:request': request };
    const { id: first } = addNotebook(bench, 'tw', { status: 'ERROR', metadata });
    note(request, first, ['requested', 'created']);
    bench.pass(2_000);
    await stay(skip, { first, second: addNotebook(bench, 'tw').id });
  });

  test('and the first, in ERROR, were both created elsewhere', async () => {
    const { id: first } = addNotebook(bench, 'tw', { status: 'ERROR' });
    bench.pass(2_000);
    await stay(skip, { first, second: addNotebook(bench, 'tw').id });
  });

  test('was reported by a run that reused it', async () => {
    const request = randomUUID();
    const { id: second } = addNotebook(bench, 'tw', { metadata: { 'nubes-nb:request': request } });
    note(request, second, ['requested', 'created']);
    expect((await bench.nb(`${skip} --no-wait -q`)).code).toBe(0);
    const created = new Date(bench.now().getTime() - 90_000);
    const { id: first } = addNotebook(bench, 'tw', { created });
    await stay(skip, { first, second });
  });

  test('has its host key pinned here', async () => {
    const both = await createDuplicates();
    note(both.request, both.second, ['requested', 'created']);
    const key = `nubes-nb-${both.second} ssh-ed25519 AAAA console\n`;
    appendFileSync(join(bench.stateFolder, 'known_hosts'), key);
    await stay(skip, both);
  });

  test('is locked in Nova', async () => {
    const both = await createDuplicates({ locked: true });
    note(both.request, both.second, ['requested', 'created']);
    await stay(skip, both);
  });

  test.each(['--no-wait', '--wait running'])('was reported by create %s', async (waiting) => {
    await bench.nb(`create tw -q ${waiting}`);
    const [second = ''] = there();
    const first = addNotebook(bench, 'tw', { created: new Date(bench.now().getTime() - 90_000) });
    const { code, stderr } = await bench.nb(skip);
    expect(stderr).toContain(`use the UUID of one: ${first.id}, ${second}`);
    expect(code).toBe(6);
    expect(there().sort()).toEqual([first.id, second].sort());
  });
});
