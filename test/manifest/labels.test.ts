import { expect, test } from 'vitest';
import { parseLabels } from '../../src/manifest/labels.ts';

test.each<[readonly string[], Record<string, string>]>([
  [[], {}],
  [['course=lpd'], { course: 'lpd' }],
  [['a=1', 'b=2'], { a: '1', b: '2' }],
  [['a=b=c'], { a: 'b=c' }],
  [['a= b '], { a: ' b ' }],
  [[`${'k'.repeat(63)}=v`], { ['k'.repeat(63)]: 'v' }],
  [['A.b_c-9=ü'], { 'A.b_c-9': 'ü' }],
  [[`k=${'v'.repeat(255)}`], { k: 'v'.repeat(255) }],
])('the labels %j are read as %j', (texts, labels) => {
  expect(parseLabels(texts)).toEqual(labels);
});

test.each([
  ['course', "The label 'course' needs a value."],
  ['k=', "The label 'k=' needs a value."],
  ['=x', "The label '=x' has a key that is not 1 to 63 of a-z, A-Z, 0-9, _, . and -."],
  ['a b=c', "The label 'a b=c' has a key that is not"],
  ['-a=c', "The label '-a=c' has a key that is not"],
  [`${'k'.repeat(64)}=v`, 'has a key that is not'],
  [`k=${'v'.repeat(256)}`, 'has a value of more than 255 characters.'],
  ['k=\u0007', "The label 'k=?' has a value with control characters."],
])('the label %j is refused', (text, sentence) => {
  expect(() => parseLabels([text])).toThrow(sentence);
});

test('a key given twice is refused, with the same value as well', () => {
  expect(() => parseLabels(['k=1', 'x=1', 'k=1'])).toThrow("The label 'k' is given twice.");
});
