import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';
import { interruptedOn } from './interrupted.ts';

const bench = await sharedBench();
bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);
await bench.nb('create tw -q');

const { journal, note, there } = interruptedOn(bench);

/** `tw`, created and reported, and a later VM of that name. */
async function createDuplicates({ locked = false } = {}): Promise<{
  first: string;
  second: string;
  request: string;
}> {
  const [first = ''] = there();
  bench.pass(2_000);
  const request = randomUUID();
  const metadata = { 'nubes-nb:request': request };
  const { id: second } = addNotebook(bench, 'tw', { locked, metadata });
  return { first, second, request };
}

describe('a duplicate that an interrupted create on this computer left', () => {
  const killed: readonly (readonly [string, Parameters<typeof note>[2]])[] = [
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
});

describe('a VM that is being deleted and whose task state the building host has overwritten', () => {
  test('is not kept by a rerun after a kill between its deletion and its end', async () => {
    const { first, second, request } = await createDuplicates();
    note(request, second, ['requested', 'created', 'removed-duplicate']);
    const seen = await bench.nb('create tw --if-exists skip --json');
    expect(seen.code, seen.stderr).toBe(0);
    expect(JSON.parse(seen.stdout).id).toBe(first);
  });
});

describe('a request to create that an intermediary sends twice', () => {
  test('a second VM that Nova lists after the create has ended is removed by the next one', async () => {
    const [server] = bench.sandbox.cloud.servers.values();
    const { id, metadata } = server ?? { metadata: {} };
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

  test.each<[string, Parameters<typeof note>[2], object]>([
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
});
