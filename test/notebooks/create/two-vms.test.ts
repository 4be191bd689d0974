import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importKey, post } from '../../support/cloud.ts';
import { itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';
import { interruptedOn } from './interrupted.ts';

const bench = await sharedBench();
bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);

const { journal, journalFile, note, there } = interruptedOn(bench);

test('create --if-exists skip that times out prints the token and records the VM as reported', async () => {
  await bench.nb('create tw --no-wait -q');
  const [id = ''] = there();
  const interrupted = journal()
    .split('\n')
    .filter((line) => !/"(reported|completed)"/.test(line));
  writeFileSync(journalFile, interrupted.join('\n'));
  const seen = await bench.nb('create tw --if-exists skip --timeout 1s --json');
  expect(seen.code).toBe(8);
  expect(JSON.parse(seen.stdout).url).toContain('?token=');
  expect(journal()).toContain('"reported"');
  expect(there()).toEqual([id]);
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
test('a VM that is being deleted and looks alive does not count as a second VM of the name', async () => {
  const { faults } = bench.sandbox.cloud;
  await importKey(bench);
  faults.next(post, 'bad-gateway-after-create');
  faults.next(post, 'list-lag', { ms: 19_000 });
  expect((await bench.nb('create tw')).code).toBe(8);
  faults.next({ service: 'Nova', method: 'DELETE' }, 'unmarked-delete', { ms: 15_000 });
  const seen = await bench.nb('create tw --if-exists skip --json');
  expect(seen.code, seen.stderr).toBe(0);
  expect(there()).toEqual([JSON.parse(seen.stdout).id]);
  expect((await bench.nb('stop tw')).code).toBe(0);
});

test.each([
  'create tw --json',
  'create tw --no-wait --json',
  'create tw --wait running --json',
  'create tw x -o ndjson',
])(
  '%s that an intermediary sends twice keeps the VM of its response, deletes the other and says why',
  async (words) => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'repeated');
    const seen = await bench.nb(words);
    expect(seen.code, seen.stderr).toBe(0);
    expect(seen.stderr).toMatch(
      /warning: the VM \S+ was removed: a proxy or load balancer had sent the request for (tw|x) twice, and Nova had made a second VM\./,
    );
    expect(there()).toHaveLength(words.includes('x') ? 2 : 1);
    expect((await bench.nb('show tw')).code).toBe(0);
  },
);

test('a create that an intermediary sends twice and whose response was lost leaves one VM', async () => {
  await importKey(bench);
  bench.sandbox.cloud.faults.next(post, 'repeated');
  bench.sandbox.cloud.faults.next(post, 'bad-gateway-after-create');
  const seen = await bench.nb('create tw --json');
  expect(seen.code, seen.stderr).toBe(0);
  expect(there()).toEqual([JSON.parse(seen.stdout).id]);
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
