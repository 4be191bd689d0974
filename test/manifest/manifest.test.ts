import { expect, test } from 'vitest';
import { checkEntries } from '../../src/manifest/lines.ts';
import { readManifest } from '../../src/manifest/manifest.ts';
import { checkName } from '../../src/notebooks/name.ts';
import { messageOf } from '../support/message.ts';

const read = (text: string) => {
  const { set, entries } = readManifest(text, 'class.yaml');
  return { set, entries: checkEntries(entries, checkName) };
};

test('a manifest gives its defaults, labels and set to each notebook', () => {
  const text = `
set: course-2026
defaults: {size: l3.nano, labels: {course: lpd, role: student}}
notebooks:
  - names: train-{01..02}
  - name: teacher
    size: l3.small
    expires: 7d
    labels: {role: teacher}
`;
  const student = {
    size: 'l3.nano',
    labels: { course: 'lpd', role: 'student', set: 'course-2026' },
  };
  const { set, entries } = read(text);
  expect(set).toBe('course-2026');
  expect(entries).toMatchObject([
    { name: 'train-01', position: 'class.yaml, line 5', ...student },
    { name: 'train-02', position: 'class.yaml, line 5', ...student },
    {
      ...{ name: 'teacher', position: 'class.yaml, line 6', size: 'l3.small' },
      ...{
        expiresMs: 7 * 86_400_000,
        labels: { course: 'lpd', role: 'teacher', set: 'course-2026' },
      },
      positions: { size: 'class.yaml, line 7' },
    },
  ]);
});

test('a manifest may be JSON, with a byte order mark', () => {
  const text = `\ufeff${JSON.stringify({ notebooks: [{ name: 'a', count: 2 }] })}`;
  expect(read(text).entries).toMatchObject([{ name: 'a-1' }, { name: 'a-2' }]);
});

test('labels of a manifest keep the text of numbers', () => {
  const text = 'notebooks: [{name: a, labels: {version: 2026.10, hex: 0x10, on: true}}]';
  expect(read(text).entries[0]?.labels).toEqual({ version: '2026.10', hex: '0x10', on: 'true' });
});

const base = 'notebooks:\n  - &a\n    name: a\n    size: s\n    labels: &l {x: 010}\n';
const mergedB = { name: 'b', size: 's', labels: { x: '010' } };

test.each([
  ['a merge key', `${base}  - <<: *a\n    name: b\n`, [{ name: 'a' }, mergedB]],
  ['a list of merge keys', `${base}  - <<: [*a]\n    name: b\n`, [{ name: 'a' }, mergedB]],
  [
    'a merge key in labels',
    `${base}  - name: b\n    labels:\n      <<: *l\n      y: no\n`,
    [{ name: 'a' }, { labels: { x: '010', y: 'no' } }],
  ],
  [
    'an alias of the defaults',
    'notebooks: [{name: a, labels: &l {x: y}}]\ndefaults: {labels: *l}\n',
    [{ labels: { x: 'y' } }],
  ],
  [
    'an alias of a field',
    `${base}  - name: b\n    labels: *l\n`,
    [{ name: 'a' }, { labels: { x: '010' } }],
  ],
  [
    'yes and no as names',
    'notebooks: [{name: yes}, {name: no}]',
    [{ name: 'yes' }, { name: 'no' }],
  ],
  [
    'unquoted times, ports, dates and octal numbers in labels',
    'notebooks: [{name: a, labels: {at: 12:30, port: 0022, day: 2026-12-01, big: 12345678901234567890, on: yes}}]',
    [
      {
        labels: {
          at: '12:30',
          port: '0022',
          day: '2026-12-01',
          big: '12345678901234567890',
          on: 'yes',
        },
      },
    ],
  ],
  [
    'Windows line ends',
    'notebooks:\r\n  - name: a\r\n    labels:\r\n      b: c\r\n',
    [{ labels: { b: 'c' } }],
  ],
  ['a document start and end', '\ufeff---\nnotebooks:\n  - name: a\n...\n', [{ name: 'a' }]],
  ['a folded name', 'notebooks:\n  - name: >-\n      a\n', [{ name: 'a' }]],
])('a manifest with %s is read as people mean it', (_, text, expected) => {
  expect(read(text).entries).toMatchObject(expected);
});

test('a manifest with several faults is refused with all of them', () => {
  const rows = ['{name: a, sise: s}', '{name: b}', '{names: 7}', '{name: c, count: 0}'];
  const text = `notebooks:\n${rows.map((row) => `  - ${row}\n`).join('')}`;
  expect(messageOf(() => read(text))).toMatch(
    /^3 faults: class.yaml, line 2: there is no key 'sise'; class.yaml, line 4: names must .*; class.yaml, line 5: count must be .*\.\nhint: class.yaml, line 2: did you mean 'size'\?$/,
  );
});

test('a manifest may use one alias for 150 notebooks', () => {
  const items = Array.from(
    { length: 149 },
    (_, at) => `  - <<: *a\n    name: n${at}\n    labels: *l\n`,
  );
  expect(read(base + items.join('')).entries).toHaveLength(150);
});

test('an alias of an item is that notebook again, which is refused as named twice', () => {
  expect(messageOf(() => read(`${base}  - *a\n`))).toContain('a is named twice.');
});

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
    'a setting that is not a field',
    'notebooks:\n  - name: a\n    floating_ip: auto\n',
    "class.yaml, line 3: there is no key 'floating_ip'.",
  ],
  [
    'an unknown default',
    'defaults:\n  sizes: x\nnotebooks: [{name: a}]\n',
    "class.yaml, line 2: there is no key 'sizes'.",
  ],
  [
    'notebooks that is not a list',
    'notebooks: 3\n',
    'class.yaml, line 1: notebooks must be a list.',
  ],
  [
    'notebooks that is not a list, on line 3',
    'set: a\n\nnotebooks: 3\n',
    'class.yaml, line 3: notebooks must be a list.',
  ],
  [
    'defaults that are not a mapping',
    'set: a\ndefaults: foo\nnotebooks: [{name: a}]\n',
    'class.yaml, line 2: defaults must be a mapping.',
  ],
  [
    'an invalid name inside a list',
    'notebooks:\n  - names:\n      - a\n      - B_b\n',
    "class.yaml, line 4: 'B_b' cannot be a notebook's name.",
  ],
  [
    'an invalid name below another field',
    'notebooks:\n  - size: x\n    name: B_b\n',
    "class.yaml, line 3: 'B_b' cannot be a notebook's name.",
  ],
  [
    'an invalid range inside a list',
    'notebooks:\n  - names:\n      - a\n      - t-{3..1}\n',
    'class.yaml, line 4: names must be a name, or a range like train-{01..30}.',
  ],
  [
    'a name twice inside a list',
    'notebooks:\n  - names:\n      - a\n      - b\n      - a\n',
    'class.yaml, line 3 and class.yaml, line 5: a is named twice.',
  ],
  [
    'an invalid label below others',
    'notebooks:\n  - name: a\n    labels:\n      course: lpd\n      "a b": c\n',
    "class.yaml, line 5: the label 'a b' has a key that is not",
  ],
  [
    'an empty list',
    'notebooks: []\n',
    'class.yaml, line 1: notebooks must be a list of at least one.',
  ],
  [
    'an empty file',
    '',
    'class.yaml, line 1: the manifest must be a mapping with the key notebooks.',
  ],
  ['a text that is not YAML', 'notebooks:\n  - name: "a\n', 'this is not valid YAML ('],
  [
    'neither name nor names',
    'notebooks:\n  - size: x\n',
    'class.yaml, line 2: a notebook needs either name or names.',
  ],
  [
    'both name and names',
    'notebooks:\n  - name: a\n    names: b\n',
    'a notebook needs either name or names.',
  ],
  [
    'an invalid name',
    'notebooks:\n  - name: a\n  - name: B_b\n',
    "class.yaml, line 3: 'B_b' cannot be a notebook's name.",
  ],
  [
    'a name twice',
    'notebooks:\n  - names: t-{1..3}\n  - name: t-2\n',
    'class.yaml, line 2 and class.yaml, line 3: t-2 is named twice.',
  ],
  [
    'an invalid range',
    'notebooks:\n  - names: t-{3..1}\n',
    'class.yaml, line 2: names must be a name, or a range like train-{01..30}.',
  ],
  [
    'an invalid count',
    'notebooks:\n  - name: a\n    count: many\n',
    'class.yaml, line 3: count must be a whole number from 1 to 1000.',
  ],
  [
    'an invalid duration',
    'notebooks:\n  - name: a\n    expires: soon\n',
    'class.yaml, line 3: expires must be a duration',
  ],
  [
    'a duration beyond the limit of the setting',
    'notebooks:\n  - name: a\n    expires: 99999999d\n',
    'class.yaml, line 3: expires must be a duration from 1h to 366d, such as 90s',
  ],
  [
    'a default duration without a unit',
    'defaults:\n  idle_timeout: "90"\nnotebooks: [{name: a}]\n',
    'class.yaml, line 2: idle_timeout must be a duration from 5m to 90d, such as 90s',
  ],
  [
    'an invalid label',
    'defaults:\n  labels: {"a b": c}\nnotebooks: [{name: a}]\n',
    "class.yaml, line 2: the label 'a b' has a key that is not",
  ],
  [
    'a label without a value',
    'notebooks:\n  - name: a\n    labels:\n      course:\n',
    "class.yaml, line 4: the label 'course' needs a string; quote it",
  ],
  ['10,000 lines', long, 'class.yaml, line 1002: the manifest has more than 1000 notebooks'],
  [
    '10,000 lines of a thousand names each',
    `notebooks:\n${'- names: a1-{000..999}\n'.repeat(10_000)}`,
    'class.yaml, line 3: the manifest has more than 1000 notebooks, which is the limit.',
  ],
  [
    '10,000 ranges of a thousand in one list',
    `notebooks:\n- names:\n${'  - a1-{000..999}\n'.repeat(10_000)}`,
    'class.yaml, line 4: the manifest has more than 1000 notebooks, which is the limit.',
  ],
  [
    'a count without a name',
    'notebooks:\n  - names: a\n    count: 2\n',
    'count must be used together with name.',
  ],
  [
    'a set that is not a string',
    'set: 3\nnotebooks: [{name: a}]\n',
    'line 1: set must be a string of at most',
  ],
  [
    'an item that is not a mapping',
    'notebooks:\n  - a\n',
    'line 2: each item of notebooks must be a mapping.',
  ],
  ['an unknown alias', 'notebooks: *a\n', 'class.yaml, line 1: '],
  [
    'an unknown alias of an item',
    'notebooks:\n  - name: a\n  - *b\n',
    'class.yaml, line 3: cannot resolve the YAML aliases in it.',
  ],
  [
    'a tab',
    'notebooks:\n  - name: a\n\tsize: b\n',
    'class.yaml, line 3: this is not valid YAML (Tabs are not allowed as indentation).',
  ],
  [
    'a key twice',
    'notebooks:\n  - name: a\n    size: b\n    size: c\n',
    'class.yaml, line 4: this is not valid YAML (Map keys must be unique).',
  ],
  [
    'a second document',
    'notebooks:\n  - name: a\n---\nnotebooks:\n  - name: b\n',
    'class.yaml, line 3: a second document begins; a manifest is one.',
  ],
  [
    'a tag',
    'notebooks:\n  - name: a\n    size: !env SIZE\n',
    'class.yaml, line 3: this is not valid YAML (Unresolved tag: !env).',
  ],
  [
    'an octal number as image',
    'notebooks:\n  - name: a\n    image: 010\n',
    'class.yaml, line 3: image must be a string.\nhint: quote it',
  ],
  [
    'a block of packages',
    'notebooks:\n  - name: a\n    requirements: |\n      numpy\n      scipy\n',
    'class.yaml, line 3: requirements must be a list such as [numpy, scipy], or a file.',
  ],
  [
    'a merged key that is unknown',
    'notebooks:\n  - &a\n    name: a\n  - <<: {siez: x}\n    name: b\n',
    "class.yaml, line 4: there is no key 'siez'.",
  ],
])('%s is refused with file and line', (_what, text, sentence) => {
  expect(messageOf(() => read(text))).toContain(sentence);
});

test('aliases that expand exponentially are refused', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const letter of 'bcdefgh') {
    const before = String.fromCharCode(letter.charCodeAt(0) - 1);
    bomb.push(`${letter}: &${letter} [${Array(9).fill(`*${before}`).join(',')}]`);
  }
  const text = `notebooks:\n  - name: t\n    labels:\n      ${bomb.join('\n      ')}\n`;
  expect(messageOf(() => read(text))).toContain('cannot resolve the YAML aliases');
});
