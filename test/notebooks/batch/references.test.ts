import { describe, expect, test } from 'vitest';
import { liveServers } from '../../support/cloud.ts';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();

describe('--from - of actions on existing notebooks', () => {
  test.each(['stop', 'start', 'restart', 'wait --for stopped', 'show', 'delete --yes'])(
    '%s --from - reads the lines of ls -o ndjson',
    async (verb) => {
      addNotebook(bench, 'a', { status: 'SHUTOFF' });
      const stdin = (await bench.nb('ls -o ndjson')).stdout;
      const seen = await bench.nb([...verb.split(' '), '--from', '-', '--json'], { stdin });
      expect(seen.stderr).not.toContain('there is no key');
      expect(itemsIn(seen).map(({ name }) => name)).toEqual(['a']);
    },
  );

  test('delete --from - reads the lines of a batch and of a plan, also of missing notebooks', async () => {
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

  test('delete --from - deletes the VM of the line, not a newer one of the same name', async () => {
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
    'create --from - refuses the lines of %s, and says how to extract names',
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

describe('one notebook named twice', () => {
  test.each(['stop', 'delete --yes', 'show', 'wait --for stopped'])(
    '%s of a notebook by name and by UUID exits 2 and changes nothing',
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

  test('stop of a notebook on the command line and on stdin exits 2 and names both places', async () => {
    const { id } = addNotebook(bench, 'a');
    const { stderr } = await bench.nb('stop a --from -', { stdin: `{"name":"a","id":"${id}"}` });
    expect(stderr).toContain(`the command line and stdin, line 1: a and ${id} are the same`);
  });

  test('delete of two VMs of one name by their UUIDs deletes both', async () => {
    const ids = [addNotebook(bench, 'a').id, addNotebook(bench, 'a').id];
    const seen = await bench.nb(['delete', ...ids, '--yes', '--json']);
    expect(countsOf(itemsIn(seen))).toEqual({ deleted: 2 });
  });
});

describe('owner/name', () => {
  test.each(['show', 'url --no-token', 'delete --yes'])(
    '%s of the own owner/name is that of the notebook',
    async (verb) => {
      addNotebook(bench, 'a');
      const { code, stderr } = await bench.nb(`${verb} alice/a`);
      expect(stderr).not.toContain('error');
      expect(code).toBe(0);
    },
  );

  test.each(['show', 'delete --yes --if-missing ok', 'logs'])(
    "%s of another owner's name exits 5, and Nova is not asked for it",
    async (verb) => {
      addNotebook(bench, 'a');
      const before = bench.sandbox.cloud.requests.length;
      expect(await bench.nb(`${verb} bob/a`)).toMatchObject({
        code: 5,
        stdout: '',
        stderr: expect.stringContaining(
          'error: bob/a means a notebook of bob, but you are alice.\nhint: ',
        ),
      });
      expect(bench.sandbox.cloud.requests.length).toBe(before);
    },
  );

  test('a batch takes the own owner/name and refuses that of another owner', async () => {
    addNotebook(bench, 'a');
    addNotebook(bench, 'b');
    const seen = await bench.nb('stop alice/a bob/b --json');
    const items = itemsIn(seen).toSorted((one, other) => (one.name < other.name ? -1 : 1));
    expect(items).toMatchObject([
      { name: 'a', result: 'stopped' },
      { name: 'bob/b', result: 'failed', error: { exit: 5 } },
    ]);
    const twice = await bench.nb('stop alice/a a');
    expect(twice.stderr).toContain('alice/a and a are the same notebook');
  });

  test.each(['alice/A', 'alice/', '/a', 'a/b/c'])('%s exits 2', async (reference) => {
    const { code, stderr } = await bench.nb(['show', reference]);
    expect(stderr).toContain("cannot be a notebook's name");
    expect(code).toBe(2);
  });

  test('create of owner/name exits 2', async () => {
    expect((await bench.nb('create alice/a')).code).toBe(2);
  });
});

describe('a misspelt name', () => {
  test.each(['show', 'stop', 'logs', 'show x'])(
    '%s of a misspelt name suggests the nearest one',
    async (verb) => {
      addNotebook(bench, 'lpd-tests');
      addNotebook(bench, 'other');
      const { stdout, stderr } = await bench.nb(`${verb} lpd-test --json`);
      expect(stdout + stderr).toContain('You have no notebook named lpd-test.');
      expect(stdout + stderr).toContain('did you mean lpd-tests?');
    },
  );

  test('show of a name without a similar one says how to list the notebooks', async () => {
    addNotebook(bench, 'lpd-tests');
    expect(await bench.nb('show quantum')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: You have no notebook named quantum.\nhint: nubes-nb ls shows the ones you have\n',
    });
  });

  test('show of a misspelt name still exits 3 if the list of names is refused', async () => {
    addNotebook(bench, 'lpd-tests');
    const lists = { service: 'Nova', path: /\/servers\/detail$/ } as const;
    bench.sandbox.cloud.faults.next(lists, 'forbidden', { after: 1 });
    const { code, stderr } = await bench.nb('show lpd-test');
    expect(stderr).toContain('You have no notebook named lpd-test.\nhint: nubes-nb ls');
    expect(code).toBe(3);
  });

  test('delete --if-missing ok of a missing name sends no request for the names', async () => {
    await bench.nb('ls');
    const before = bench.sandbox.cloud.requests.length;
    expect((await bench.nb('delete lpd-test --yes --if-missing ok')).code).toBe(0);
    expect(bench.sandbox.cloud.requests.length).toBe(before + 1);
  });
});
