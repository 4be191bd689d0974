import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { liveServers } from '../../support/cloud.ts';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook, type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
});
afterEach(() => bench.close());

describe('--from - of verbs for notebooks there are', () => {
  test.each(['stop', 'start', 'restart', 'wait --for stopped', 'show', 'delete --yes'])(
    '%s takes the lines of ls -o ndjson',
    async (verb) => {
      addNotebook(bench, 'a', { status: 'SHUTOFF' });
      const stdin = (await bench.nb('ls -o ndjson')).stdout;
      const seen = await bench.nb([...verb.split(' '), '--from', '-', '--json'], { stdin });
      expect(seen.stderr).not.toContain('there is no key');
      expect(itemsIn(seen).map(({ name }) => name)).toEqual(['a']);
    },
  );

  test('takes the lines of a batch, a plan among them, and those of what was not made', async () => {
    addNotebook(bench, 'b', { status: 'ERROR' });
    const made = (await bench.nb('create a b --if-exists skip -o ndjson')).stdout;
    const plan = (await bench.nb('create c --dry-run -o ndjson')).stdout;
    const seen = await bench.nb('delete --yes --if-missing ok --from - --json', {
      stdin: made + plan,
    });
    expect(
      itemsIn(seen)
        .map(({ name, result }) => `${name} ${result}`)
        .sort(),
    ).toEqual(['a deleted', 'b deleted', 'c deleted']);
    expect(liveServers(bench)).toEqual([]);
  });

  test('means the very VM of a line, not one that has its name since', async () => {
    addNotebook(bench, 'a');
    const stdin = (await bench.nb('ls -o ndjson')).stdout;
    await bench.nb('delete a --yes');
    addNotebook(bench, 'a');
    const seen = await bench.nb('delete --yes --from - --json', { stdin });
    expect(itemsIn(seen)).toMatchObject([{ name: 'a', result: 'failed', error: { exit: 3 } }]);
    expect(liveServers(bench)).toHaveLength(1);
  });
});

describe('create --from -', () => {
  test.each(['ls', 'create a --if-exists skip', 'create a --if-exists skip --dry-run'])(
    'refuses the lines of %s, and says how names are made of them',
    async (words) => {
      addNotebook(bench, 'a');
      const stdin = (await bench.nb(`${words} -o ndjson`)).stdout;
      const { code, stderr } = await bench.nb('create --from -', { stdin });
      expect(stderr).toContain('stdin, line 1: this is output of nubes-nb, not a description');
      expect(stderr).toContain('hint: jq -r .name');
      expect(code).toBe(2);
    },
  );
});

describe('one notebook that is named in two ways', () => {
  test.each(['stop', 'delete --yes', 'show', 'wait --for stopped'])(
    '%s: exit 2, and nothing is done',
    async (verb) => {
      const { id } = addNotebook(bench, 'a');
      const upper = id.toUpperCase();
      for (const [one, other] of [
        ['a', id],
        [id, upper],
      ] as const) {
        const { code, stderr } = await bench.nb(`${verb} ${one} ${other}`);
        expect(stderr).toContain(`the command line: ${one} and ${other} are the same notebook.`);
        expect(code).toBe(2);
      }
      expect(liveServers(bench)[0]?.status).toBe('ACTIVE');
    },
  );

  test('also where one of them stands on stdin', async () => {
    const { id } = addNotebook(bench, 'a');
    const { stderr } = await bench.nb('stop a --from -', { stdin: `{"name":"a","id":"${id}"}` });
    expect(stderr).toContain(`the command line and stdin, line 1: a and ${id} are the same`);
  });

  test('two VMs of one name are two, by their UUIDs', async () => {
    const ids = [addNotebook(bench, 'a').id, addNotebook(bench, 'a').id];
    const seen = await bench.nb(['delete', ...ids, '--yes', '--json']);
    expect(countsOf(itemsIn(seen))).toEqual({ deleted: 2 });
  });
});
