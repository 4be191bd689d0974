import { beforeEach, describe, expect, test } from 'vitest';
import { itemsIn, namesOf } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();

const status = (name: string) =>
  [...bench.sandbox.cloud.servers.values()].find((server) => server.name === `nb-alice-${name}`)
    ?.status;
const day = 86_400_000;
const ago = (days: number) => new Date(bench.now().getTime() - days * day);

describe('an empty --from list', () => {
  test.each(['delete --yes', 'delete', 'stop', 'start', 'restart', 'wait', 'show'])(
    '%s with an empty --from list exits 0 with a note on stderr',
    async (verb) => {
      for (const stdin of ['', '# none\n\n']) {
        const { code, stdout, stderr } = await bench.nb(`${verb} --from - -o ndjson`, { stdin });
        const word = verb === 'wait' ? 'wait for' : verb.split(' ')[0];
        expect({ code, stdout, stderr }).toEqual({
          ...{ code: 0, stdout: '' },
          stderr: `There is nothing to ${word}.\n`,
        });
      }
    },
  );

  test('stop with an empty --from list stops the notebooks that were named', async () => {
    addNotebook(bench, 'd');
    const seen = await bench.nb('stop d --from - -q', { stdin: '\n' });
    expect(seen).toMatchObject({ code: 0, stdout: 'd\n' });
  });
});

describe('actions on a selection', () => {
  beforeEach(() => {
    addNotebook(bench, 'old', { created: ago(40), metadata: { 'nubes-nb:label:course': 'lpd' } });
    addNotebook(bench, 'older', { created: ago(90), status: 'SHUTOFF' });
    addNotebook(bench, 'new', { created: ago(1), metadata: { 'nubes-nb:label:course': 'lpd' } });
  });

  test('show takes --all and --older-than and asks for no confirmation', async () => {
    expect((await bench.nb('show --all -q')).stdout.trim().split('\n').length).toBeGreaterThan(1);
    const old = await bench.nb('show --older-than 30d --json');
    expect(itemsIn(old).map(({ name }) => name)).toEqual(['older', 'old']);
    expect(old.code).toBe(0);
  });

  test.each(['stop --all', 'delete --all', 'delete --older-than 30d'])(
    '%s without --yes lists the notebooks and exits 2 if stdin is not a terminal',
    async (words) => {
      const { code, stderr } = await bench.nb(words);
      expect(stderr).toMatch(/^ {2}old/m);
      expect(stderr).toContain('hint: use --yes');
      expect(code).toBe(2);
      expect(status('old')).toBe('ACTIVE');
    },
  );

  test('stop --all asks once, and not with --yes', async () => {
    const answers = [['Stop these 2 notebooks?', 'y\r']] as const;
    expect((await bench.nb('stop --all', { terminal: 80, answers })).code).toBe(0);
    expect([status('old'), status('new'), status('older')]).toEqual(Array(3).fill('SHUTOFF'));
    expect((await bench.nb('delete --all --yes')).code).toBe(0);
    expect((await bench.nb('ls -q')).stdout).toBe('');
  });

  test('stop of an empty selection exits 0 with a note on stderr', async () => {
    const { code, stderr } = await bench.nb('stop --label course=none');
    expect(stderr).toBe('There is nothing to stop.\n');
    expect(code).toBe(0);
  });

  test('delete --all leaves out VMs of other users and VMs with changed metadata', async () => {
    addNotebook(bench, 'theirs', { user: 'bob' });
    addNotebook(bench, 'forged', { metadata: { 'nubes-nb:user': 'bob' } });
    const { stdout } = await bench.nb('delete --all --dry-run -q');
    expect(stdout).toBe('older\nold\nnew\n');
  });

  test.each(['14', '0', '1.5', 'soon'])(
    'delete --older-than %s exits 2 and deletes nothing, as the unit is missing',
    async (age) => {
      const { code, stderr } = await bench.nb(`delete --older-than ${age} --yes`);
      expect(stderr).toContain(`error: '${age}' is not a duration with a unit.`);
      expect(stderr).toContain('hint: --older-than takes a number with s, m, h or d: 12h, 30d');
      expect(code).toBe(2);
      expect(['old', 'new', 'older'].map(status)).toEqual(['ACTIVE', 'ACTIVE', 'SHUTOFF']);
    },
  );
});

test('start of twenty notebooks makes at most twelve list requests', async () => {
  bench.configure((toml) => `${toml}\n[limits]\nconcurrency = 20\n`);
  for (const name of namesOf(20)) addNotebook(bench, name, { status: 'SHUTOFF' });
  const before = bench.sandbox.cloud.requests.length;
  expect((await bench.nb('start --all --yes --wait running -q')).code).toBe(0);
  const lists = bench.sandbox.cloud.requests
    .slice(before)
    .filter(({ path }) => path.endsWith('/servers/detail'));
  expect(lists.length).toBeLessThanOrEqual(12);
});
