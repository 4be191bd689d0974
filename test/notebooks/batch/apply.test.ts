import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { liveServers, noQuota, setQuota } from '../../support/cloud.ts';
import { countsOf, itemsIn } from '../../support/items.ts';
import { scriptsIn } from '../../support/scripts.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);
setQuota(bench, noQuota);

const manifest = (text: string) => writeFileSync(join(bench.home, 'class.yaml'), text);
const names = () =>
  liveServers(bench)
    .map(({ metadata }) => metadata['nubes-nb:notebook'])
    .sort();

const course = `set: course-2026
defaults: {size: l3.nano, labels: {course: lpd}}
notebooks:
  - names: train-{01..03}
  - name: teacher
    size: l3.small
    labels: {role: teacher}
    expires: 7d
`;

describe('apply', () => {
  test('apply creates what the manifest describes, and nothing in a second run', async () => {
    manifest(course);
    const first = await bench.nb('apply -f class.yaml --json');
    const items = itemsIn(first);
    expect(first.code, first.stderr).toBe(0);
    expect(countsOf(items)).toEqual({ created: 4 });
    expect(items.find(({ name }) => name === 'teacher')).toMatchObject({
      size: { name: 'l3.small' },
      labels: { course: 'lpd', role: 'teacher', set: 'course-2026' },
      expiresAt: expect.stringMatching(/Z$/),
    });
    const second = await bench.nb('apply -f class.yaml --json');
    expect(countsOf(itemsIn(second))).toEqual({ exists: 4 });
    expect(names()).toHaveLength(4);
  });

  test.each(['', ' --json', ' -o ndjson'])(
    'apply%s prints tokens only with --show-token',
    async (form) => {
      manifest('notebooks: [{names: [a, b]}]');
      for (const _round of ['made', 'there already']) {
        const seen = await bench.nb(`apply -f class.yaml${form}`);
        expect(seen.code, seen.stderr).toBe(0);
        expect(seen.stdout + seen.stderr).not.toContain('token=');
      }
      const shown = await bench.nb(`apply -f class.yaml --json --show-token`);
      for (const { url } of itemsIn(shown)) expect(url).toMatch(/\?token=[0-9a-f]{32}$/);
      manifest('notebooks: [{name: c}]');
      const made = await bench.nb(`apply -f class.yaml${form} --show-token`);
      expect(made.stdout).toMatch(/\?token=[0-9a-f]{32}/);
    },
  );

  test('apply writes labels as they are spelled in the manifest', async () => {
    manifest(
      'notebooks:\n- name: a\n  labels: {v: 2026.10, w: 1.0, x: 007, y: True, z: 1e3, q: "2.50"}\n',
    );
    const [item] = itemsIn(await bench.nb('apply -f class.yaml --no-wait --json'));
    const written = { v: '2026.10', w: '1.0', x: '007', y: 'True', z: '1e3', q: '2.50' };
    expect(item?.labels).toEqual(written);
  });

  test('apply prints its plan first, starts stopped notebooks and keeps extra ones', async () => {
    const label = {
      metadata: { 'nubes-nb:label:set': 'course-2026', 'nubes-nb:label:course': 'lpd' },
    };
    addNotebook(bench, 'train-02', { ...label, status: 'SHUTOFF' });
    addNotebook(bench, 'train-03', label);
    addNotebook(bench, 'train-99', label);
    addNotebook(bench, 'other');
    manifest(course);
    const { stdout } = await bench.nb('apply -f class.yaml --dry-run');
    expect(stdout).toBe(
      [
        '+ create  train-01                 l3.nano, jupyter-notebook-2026.11, course=lpd, set=course-2026',
        '~ start   train-02                 stopped',
        '=         train-03                 running',
        '+ create  teacher                  l3.small, jupyter-notebook-2026.11, course=lpd, role=teacher, set=course-2026',
        '- extra   train-99                 running',
        '',
      ].join('\n'),
    );
    const seen = await bench.nb('apply -f class.yaml --wait running');
    expect(seen.stderr).toContain('Plan: 2 to create, 1 to start, 1 as they are, 1 extra.\n');
    expect(seen.code).toBe(0);
    expect(names()).toEqual(['other', 'teacher', 'train-01', 'train-02', 'train-03', 'train-99']);
  });

  test('apply --prune deletes extra notebooks of the same set, after confirmation or with --yes', async () => {
    const ofSet = (set: string) => ({ metadata: { 'nubes-nb:label:set': set } });
    addNotebook(bench, 'train-99', ofSet('course-2026'));
    addNotebook(bench, 'theirs', ofSet('course-2025'));
    addNotebook(bench, 'other');
    manifest(course);
    const refused = await bench.nb('apply -f class.yaml --prune');
    expect(refused.stderr).toContain('hint: use --yes');
    expect(refused.code).toBe(2);
    expect(names()).toEqual(['other', 'theirs', 'train-99']);
    const seen = await bench.nb('apply -f class.yaml --prune --yes --json --wait running');
    expect(countsOf(itemsIn(seen))).toEqual({ created: 4, deleted: 1 });
    bench.pass(5_000);
    expect(names()).toEqual(['other', 'teacher', 'theirs', 'train-01', 'train-02', 'train-03']);
  });

  test('apply accepts the manifest of docs/scripting.md', async () => {
    const scripts = scriptsIn(readFileSync('docs/scripting.md', 'utf8'));
    manifest(scripts.get('class.yaml') ?? '');
    const { stdout } = await bench.nb('apply -f class.yaml --dry-run -q');
    expect(stdout).toBe('train-01\ntrain-02\nteacher\nspare-1\nspare-2\n');
  });

  test('apply --prune --no-wait exits 2, as nothing is deleted before its replacement is ready', async () => {
    addNotebook(bench, 'train-99', { metadata: { 'nubes-nb:label:set': 'course-2026' } });
    manifest(course);
    const { code, stderr } = await bench.nb('apply -f class.yaml --prune --yes --no-wait');
    expect(stderr).toContain('--no-wait cannot be used');
    expect(code).toBe(2);
    expect(names()).toEqual(['train-99']);
  });

  test('apply --prune exits 2 if the manifest has no set', async () => {
    manifest('notebooks: [{name: a}]');
    const { code, stderr } = await bench.nb('apply -f class.yaml --prune --yes');
    expect(stderr).toContain('--prune needs a set in the manifest');
    expect(code).toBe(2);
  });

  test('apply warns if a notebook has another size than its manifest', async () => {
    addNotebook(bench, 'teacher');
    manifest(course);
    const { stderr } = await bench.nb('apply -f class.yaml --dry-run');
    expect(stderr).toContain('warning: teacher has size l3.nano, not l3.small; to change that, ');
  });

  test('apply exits 7 and creates nothing if the quota is too small for the whole manifest', async () => {
    setQuota(bench, { cores: 20 });
    manifest('notebooks: [{name: big, count: 30}]');
    const { code, stderr } = await bench.nb('apply -f class.yaml');
    expect(stderr).toContain('room for 10 of 30 notebooks');
    expect(code).toBe(7);
    expect(names()).toEqual([]);
  });

  test.each([
    ['JSON', '{"notebooks":[{"name":"a"},{"name":"b"}]}', 'a b'],
    ['stdin with CRLF and a byte order mark', '\ufeffnotebooks:\r\n- name: a\r\n', 'a'],
    [
      'count',
      'notebooks: [{name: a, count: 10}]',
      'a-01 a-02 a-03 a-04 a-05 a-06 a-07 a-08 a-09 a-10',
    ],
    ['lists and ranges', 'notebooks: [{names: [x, "y-{9..11}"]}]', 'x y-9 y-10 y-11'],
    ['anchors', 'defaults: &d {size: l3.nano}\nnotebooks: [{name: a}]', 'a'],
  ])('apply reads %s', async (_what, stdin, expected) => {
    const seen = await bench.nb('apply -f - --dry-run -q --fit', { stdin });
    expect(seen.stdout.trim().split('\n').join(' '), seen.stderr).toBe(expected);
  });
});
