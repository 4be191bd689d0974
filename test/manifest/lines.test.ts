import { expect, test } from 'vitest';
import { checkEntries, readLines, readNames } from '../../src/manifest/lines.ts';
import { checkName, readReference } from '../../src/notebooks/name.ts';
import { namesOf } from '../support/items.ts';
import { messageOf } from '../support/message.ts';

const entriesOf = (text: string) => checkEntries(readLines(text, 'stdin'), checkName);

test.each([
  ['comments, blank lines and spaces', '# a course\n\n  a  \nb # the teacher\n'],
  ['CRLF', 'a\r\nb\r\n'],
  ['CR', 'a\rb'],
  ['a byte order mark', '\ufeffa\nb\n'],
  ['no line break at the end', 'a\nb'],
  ['NDJSON', '{"name":"a"}\n{"name":"b"}\n'],
  ['names and NDJSON', 'a\n{"name":"b"}\n'],
])('a list of names may have %s', (_what, text) => {
  expect(entriesOf(text).map(({ name }) => name)).toEqual(['a', 'b']);
});

test('an NDJSON line gives the fields of its notebook', () => {
  const line =
    '{"name":"a","size":"l3.small","labels":{"role":"teacher","year":2026},"expires":"7d","idle_timeout":"2h"}';
  expect(entriesOf(`b\n${line}`)[1]).toEqual({
    ...{ name: 'a', position: 'stdin, line 2', size: 'l3.small' },
    ...{
      labels: { role: 'teacher', year: '2026' },
      expiresMs: 604_800_000,
      idleTimeoutMs: 7_200_000,
    },
    positions: { size: 'stdin, line 2' },
  });
});

const seventeen = namesOf(30);
seventeen[16] = 'Train_17';
const many = namesOf(30).join('\n');

test.each([
  ['an empty text', '', 'stdin contains no names.'],
  ['comments only', '# none\n\n', 'stdin contains no names.'],
  ['a name twice', 'a\nb\na\n', 'stdin, line 1 and stdin, line 3: a is named twice.'],
  [
    'an invalid name at line 17',
    seventeen.join('\n'),
    "stdin, line 17: 'Train_17' cannot be a notebook's name.",
  ],
  ['invalid JSON', `${many}\n{"name":\n`, 'stdin, line 31: this is not a JSON object.'],
  ['an object without a name', '{"size":"x"}', 'stdin, line 1: name must be a string.'],
  [
    'an unknown key',
    '{"name":"a","imgae":"x"}',
    "stdin, line 1: there is no key 'imgae'.\nhint: did you mean 'image'?",
  ],
  ['a size that is not a string', '{"name":"a","size":3}', 'stdin, line 1: size must be a string.'],
  [
    'an invalid duration',
    '{"name":"a","expires":"soon"}',
    'stdin, line 1: expires must be a duration',
  ],
  [
    'a duration without a unit',
    '{"name":"a","expires":"86400"}',
    'expires must be a duration from 1h',
  ],
  [
    'an expiry beyond the limit',
    '{"name":"a","expires":"99999999d"}',
    'a duration from 1h to 366d,',
  ],
  [
    'a number as a duration',
    '{"name":"a","expires":3600}',
    'stdin, line 1: expires must be a duration',
  ],
  [
    'an idle timeout below the limit',
    '{"name":"a","idle_timeout":"2s"}',
    'idle_timeout must be a duration from',
  ],
  [
    'an idle timeout beyond the limit',
    '{"name":"a","idle_timeout":"91d"}',
    'a duration from 5m to 90d, such as',
  ],
  ['an invalid label', '{"name":"a","labels":{"x":"\\u0007"}}', "the label 'x' has a value with"],
  [
    'a label that is a fraction',
    '{"name":"a","labels":{"v":2026.10}}',
    "stdin, line 1: the label 'v' needs a string; quote it if it looks like a number.",
  ],
  [
    'a label that is too large a number',
    '{"name":"a","labels":{"v":12345678901234567890}}',
    "the label 'v' needs a string",
  ],
  ['too many', Array.from({ length: 1_001 }, (_, at) => `n${at}`).join('\n'), 'the limit is 1000.'],
])('a list with %s is refused', (_what, text, sentence) => {
  expect(messageOf(() => entriesOf(text))).toContain(sentence);
});

test('a list with several faults is refused with all of them', () => {
  const lines = '{"name":"a","size":3}\nb\n{"nme":"c"}\n';
  expect(messageOf(() => entriesOf(lines))).toContain(
    '2 faults: stdin, line 1: size must be a string; stdin, line 3: name must be a string.',
  );
  expect(messageOf(() => entriesOf('A\nb\nb\nC\n'))).toMatch(
    /^3 faults: stdin, line 1: 'A' .*; stdin, line 2 and stdin, line 3: b is named twice; stdin, line 4: 'C' /,
  );
});

test.each(['vmName', 'result', 'change'])('a list to create from refuses output with %s', (key) => {
  expect(messageOf(() => readLines(`{"name":"a","${key}":"x"}`, 'stdin'))).toMatch(
    /^stdin, line 1: this is output of nubes-nb, .*\nhint: jq -r \.name/,
  );
});

const refsOf = (text: string) => checkEntries(readNames(text, 'stdin'), readReference);

test('references may be output of nubes-nb, of which name and id count', () => {
  const id = '6b2bedc4-9d8e-4a6c-8b7f-2f5f7c0d1e3a';
  expect(refsOf(`{"name":"a","vmName":"x","id":"${id}"}\n{"name":"b","id":null}\nc`)).toEqual([
    { name: 'a', id, position: 'stdin, line 1' },
    { name: 'b', position: 'stdin, line 2' },
    { name: 'c', position: 'stdin, line 3' },
  ]);
  expect(refsOf('')).toEqual([]);
});

test.each([
  ['{"id":"x"}', 'stdin, line 1: name must be a string.'],
  ['{"name":"a","id":"x y"}', "stdin, line 1: 'x y' cannot be a notebook's name."],
  ['{"name":"A"}', "stdin, line 1: 'A' cannot be a notebook's name."],
  ['{"name":"a"}\na', 'stdin, line 1 and stdin, line 2: a is named twice.'],
])('the references %s are refused', (text, sentence) => {
  expect(messageOf(() => refsOf(text))).toContain(sentence);
});
