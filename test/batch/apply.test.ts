import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { countsOf, itemsIn } from '../support/items.ts';
import { scriptsIn } from '../support/scripts.ts';
import { addNotebook, type Workbench, workbench } from '../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);
  quota({ instances: -1, cores: -1, ram: -1 });
});
afterEach(() => bench.close());

const quota = (limits: Record<string, number>) => {
  const project = bench.sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
  Object.assign(project?.quota ?? {}, limits);
};
const manifest = (text: string) => writeFileSync(join(bench.home, 'class.yaml'), text);
const names = () =>
  [...bench.sandbox.cloud.servers.values()]
    .filter(({ status }) => status !== 'DELETED')
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
  test('makes what a manifest describes; a second time all is the same', async () => {
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
    '%s tells no token, but with --show-token',
    async (form) => {
      manifest('notebooks: [{names: [a, b]}]');
      for (const _round of ['made', 'there already']) {
        const seen = await bench.nb(`apply -f class.yaml${form}`);
        expect(seen.code, seen.stderr).toBe(0);
        expect(seen.stdout + seen.stderr).not.toContain('token=');
      }
      const shown = await bench.nb(`apply -f class.yaml --json --show-token`);
      for (const { url } of itemsIn(shown)) expect(url).toMatch(/\?token=[0-9a-f]{64}$/);
      manifest('notebooks: [{name: c}]');
      const made = await bench.nb(`apply -f class.yaml${form} --show-token`);
      expect(made.stdout).toMatch(/\?token=[0-9a-f]{64}/);
    },
  );

  test('keeps labels as they are written', async () => {
    manifest(
      'notebooks:\n- name: a\n  labels: {v: 2026.10, w: 1.0, x: 007, y: True, z: 1e3, q: "2.50"}\n',
    );
    const [item] = itemsIn(await bench.nb('apply -f class.yaml --no-wait --json'));
    const written = { v: '2026.10', w: '1.0', x: '007', y: 'True', z: '1e3', q: '2.50' };
    expect(item?.labels).toEqual(written);
  });

  test('tells the plan before it acts, starts stopped ones and leaves extra ones', async () => {
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

  test('--prune deletes extra ones of the same set only, after asking or with --yes', async () => {
    const ofSet = (set: string) => ({ metadata: { 'nubes-nb:label:set': set } });
    addNotebook(bench, 'train-99', ofSet('course-2026'));
    addNotebook(bench, 'theirs', ofSet('course-2025'));
    addNotebook(bench, 'other');
    manifest(course);
    const refused = await bench.nb('apply -f class.yaml --prune');
    expect(refused.stderr).toContain('hint: give --yes');
    expect(refused.code).toBe(2);
    expect(names()).toEqual(['other', 'theirs', 'train-99']);
    const seen = await bench.nb('apply -f class.yaml --prune --yes --json --no-wait');
    expect(countsOf(itemsIn(seen))).toEqual({ created: 4, deleted: 1 });
    bench.pass(5_000);
    expect(names()).toEqual(['other', 'teacher', 'theirs', 'train-01', 'train-02', 'train-03']);
  });

  test('reads the manifest of docs/scripting.md', async () => {
    const scripts = scriptsIn(readFileSync('docs/scripting.md', 'utf8'));
    manifest(scripts.get('class.yaml') ?? '');
    const { stdout } = await bench.nb('apply -f class.yaml --dry-run -q');
    expect(stdout).toBe('train-01\ntrain-02\nteacher\nspare-1\nspare-2\n');
  });

  test('without a set there is nothing to prune: exit 2', async () => {
    manifest('notebooks: [{name: a}]');
    const { code, stderr } = await bench.nb('apply -f class.yaml --prune --yes');
    expect(stderr).toContain('--prune needs a set in the manifest');
    expect(code).toBe(2);
  });

  test('warns where a notebook has another size than the manifest says', async () => {
    addNotebook(bench, 'teacher');
    manifest(course);
    const { stderr } = await bench.nb('apply -f class.yaml --dry-run');
    expect(stderr).toContain('warning: teacher has size l3.nano, not l3.small; that cannot be');
  });

  test('counts the whole manifest against the quota: exit 7, nothing made', async () => {
    quota({ cores: 20 });
    manifest('notebooks: [{name: big, count: 30}]');
    const { code, stderr } = await bench.nb('apply -f class.yaml');
    expect(stderr).toContain('30 × l3.nano need');
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
  ])('reads %s', async (_what, stdin, expected) => {
    const seen = await bench.nb('apply -f - --dry-run -q --fit', { stdin });
    expect(seen.stdout.trim().split('\n').join(' '), seen.stderr).toBe(expected);
  });
});

describe('a wrong manifest exits 2 and names file and line', () => {
  const long = `notebooks:\n${Array.from({ length: 9_998 }, (_, at) => `  - name: n${at}`).join('\n')}\n`;

  test.each([
    [
      'an unknown key',
      'set: a\nnotebook:\n  - name: a\n',
      "class.yaml, line 2: there is no key 'notebook'.\nhint: did you mean 'notebooks'?",
    ],
    [
      'an unknown field',
      'notebooks:\n  - name: a\n    siez: x\n',
      "class.yaml, line 3: there is no key 'siez'.\nhint: did you mean 'size'?",
    ],
    [
      'an unknown field of our own',
      'notebooks:\n  - name: a\n    floating_ip: auto\n',
      "class.yaml, line 3: there is no key 'floating_ip'.",
    ],
    [
      'an unknown default',
      'defaults:\n  sizes: x\nnotebooks: [{name: a}]\n',
      "class.yaml, line 2: there is no key 'sizes'.",
    ],
    ['no list', 'notebooks: 3\n', 'class.yaml, line 1: notebooks must be a list.'],
    [
      'no list further down',
      'set: a\n\nnotebooks: 3\n',
      'class.yaml, line 3: notebooks must be a list.',
    ],
    [
      'defaults that are none',
      'set: a\ndefaults: foo\nnotebooks: [{name: a}]\n',
      'class.yaml, line 2: defaults must be keys with values.',
    ],
    [
      'a bad name inside a list',
      'notebooks:\n  - names:\n      - a\n      - B_b\n',
      "class.yaml, line 4: 'B_b' cannot be a notebook's name.",
    ],
    [
      'a bad name below another field',
      'notebooks:\n  - size: x\n    name: B_b\n',
      "class.yaml, line 3: 'B_b' cannot be a notebook's name.",
    ],
    [
      'a range that is none inside a list',
      'notebooks:\n  - names:\n      - a\n      - t-{3..1}\n',
      'class.yaml, line 4: names must be a name, or a range like train-{01..30}.',
    ],
    [
      'a name twice inside a list',
      'notebooks:\n  - names:\n      - a\n      - b\n      - a\n',
      'class.yaml, line 3 and class.yaml, line 5: a is named twice.',
    ],
    [
      'a wrong label below others',
      'notebooks:\n  - name: a\n    labels:\n      course: lpd\n      "a b": c\n',
      "class.yaml, line 5: the label 'a b' has a key that is not",
    ],
    [
      'an empty list',
      'notebooks: []\n',
      'class.yaml, line 1: notebooks must be a list of at least one.',
    ],
    ['nothing', '', 'class.yaml, line 1: the manifest must be keys with values'],
    ['no YAML', 'notebooks:\n  - name: "a\n', 'class.yaml, line '],
    [
      'neither name nor names',
      'notebooks:\n  - size: x\n',
      'class.yaml, line 2: a notebook needs either name or names.',
    ],
    ['both', 'notebooks:\n  - name: a\n    names: b\n', 'a notebook needs either name or names.'],
    [
      'a bad name',
      'notebooks:\n  - name: a\n  - name: B_b\n',
      "class.yaml, line 3: 'B_b' cannot be a notebook's name.",
    ],
    [
      'a name twice',
      'notebooks:\n  - names: t-{1..3}\n  - name: t-2\n',
      'class.yaml, line 2 and class.yaml, line 3: t-2 is named twice.',
    ],
    [
      'a range that is none',
      'notebooks:\n  - names: t-{3..1}\n',
      'class.yaml, line 2: names must be a name, or a range like train-{01..30}.',
    ],
    [
      'a wrong count',
      'notebooks:\n  - name: a\n    count: many\n',
      'class.yaml, line 3: count must be a whole number from 1 to 1000.',
    ],
    [
      'a wrong time',
      'notebooks:\n  - name: a\n    expires: soon\n',
      'class.yaml, line 3: expires must be a duration',
    ],
    [
      'a time beyond what the setting takes',
      'notebooks:\n  - name: a\n    expires: 99999999d\n',
      'class.yaml, line 3: expires must be a duration from 1h to 366d, written like',
    ],
    [
      'a default time without a unit',
      'defaults:\n  idle_timeout: "90"\nnotebooks: [{name: a}]\n',
      'class.yaml, line 2: idle_timeout must be a duration from 5m to 90d, written like',
    ],
    [
      'a wrong label',
      'defaults:\n  labels: {"a b": c}\nnotebooks: [{name: a}]\n',
      "class.yaml, line 2: the label 'a b' has a key that is not",
    ],
    [
      'a label without a value',
      'notebooks:\n  - name: a\n    labels:\n      course:\n',
      "class.yaml, line 4: the label 'course' needs a text",
    ],
    ['10,000 lines', long, 'class.yaml, line 1002: up to here these are more than 1000 notebooks'],
    [
      '10,000 lines of a thousand names each',
      `notebooks:\n${'- names: a1-{000..999}\n'.repeat(10_000)}`,
      'class.yaml, line 3: up to here these are more than 1000 notebooks; at most 1000.',
    ],
    [
      '10,000 ranges of a thousand in one list',
      `notebooks:\n- names:\n${'  - a1-{000..999}\n'.repeat(10_000)}`,
      'class.yaml, line 4: up to here these are more than 1000 notebooks; at most 1000.',
    ],
  ])('%s', async (_what, text, sentence) => {
    manifest(text);
    const before = bench.sandbox.cloud.requests.length;
    const { code, stdout, stderr } = await bench.nb('apply -f class.yaml');
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(bench.sandbox.cloud.requests).toHaveLength(before);
  });

  const missing = 'set: x\ndefaults:\n  labels: {a: b}\n  KEY: lost\nnotebooks:\n  - name: a\n';
  const own = 'notebooks:\n  - name: a\n  - name: b\n    KEY: lost\n';

  test.each([
    ['size', own, 3, "line 4: There is no size named 'lost'."],
    ['image', own, 3, "line 4: There is no image named 'lost'."],
    ['network', own, 3, "line 4: There is no network named 'lost'."],
    ['key', own, 2, 'line 4: '],
    ['size', missing, 3, "line 4: There is no size named 'lost'."],
    ['size', `${missing}    size: gone\n`, 3, "line 7: There is no size named 'gone'."],
  ])('also where only the cloud can tell: a %s in %j', async (key, text, exit, sentence) => {
    manifest(text.replace('KEY', key));
    const { code, stderr } = await bench.nb('apply -f class.yaml --dry-run');
    expect(stderr).toContain(`error: class.yaml, ${sentence}`);
    expect(code).toBe(exit);
  });

  test('a flag has no place', async () => {
    const { stderr } = await bench.nb('create --from - --size lost', { stdin: 'a\nb\n' });
    expect(stderr).toContain("error: There is no size named 'lost'.");
    const line = '{"name":"c","image":"lost"}';
    const seen = await bench.nb('create --from -', { stdin: `a\n${line}\n` });
    expect(seen.stderr).toContain("error: stdin, line 2: There is no image named 'lost'.");
    expect(seen.code).toBe(3);
  });

  test('aliases that unfold without end are refused', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const letter of 'bcdefgh') {
      const before = String.fromCharCode(letter.charCodeAt(0) - 1);
      bomb.push(`${letter}: &${letter} [${Array(9).fill(`*${before}`).join(',')}]`);
    }
    manifest(`notebooks:\n  - name: t\n    labels:\n      ${bomb.join('\n      ')}\n`);
    expect((await bench.nb('apply -f class.yaml')).code).toBe(2);
  });

  test('no file at all', async () => {
    const { code, stderr } = await bench.nb('apply');
    expect(stderr).toContain('-f, --file <file>');
    expect(code).toBe(2);
  });
});
