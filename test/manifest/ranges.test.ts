import { expect, test } from 'vitest';
import { countedNames, expandRange } from '../../src/manifest/ranges.ts';

test.each([
  ['a', ['a']],
  ['train-{1..3}', ['train-1', 'train-2', 'train-3']],
  ['train-{01..03}', ['train-01', 'train-02', 'train-03']],
  ['{8..11}', ['8', '9', '10', '11']],
  ['t{08..11}', ['t08', 't09', 't10', 't11']],
  ['t{8..011}', ['t008', 't009', 't010', 't011']],
  ['t-{0..1}-x', ['t-0-x', 't-1-x']],
  ['t{5..5}', ['t5']],
  ['lpd-{name}', ['lpd-{name}']],
])('the range %s expands to %j', (text, names) => {
  expect(expandRange(text)).toEqual(names);
});

test.each([
  't-{3..1}',
  't-{1..}',
  't-{a..b}',
  't-{1,2}',
  't-{1..2',
  't}',
  '{1..2}{1..2}',
  't{-1..2}',
  't-{nme}',
  't-{name}-{1..2}',
])('%s is not a valid range', (text) => {
  expect(expandRange(text)).toBeUndefined();
});

test('a range has at most 1000 names', () => {
  expect(expandRange('t{1..1000}')).toHaveLength(1_000);
  expect(expandRange('t{1..1001}')).toBeUndefined();
});

test.each([
  [1, ['t-1']],
  [3, ['t-1', 't-2', 't-3']],
  [10, ['t-01', 't-02', 't-03', 't-04', 't-05', 't-06', 't-07', 't-08', 't-09', 't-10']],
])('a count of %i numbers the names with equal width', (count, names) => {
  expect(countedNames('t', count)).toEqual(names);
});
