import { expect, test } from 'vitest';
import { age, span } from '../../src/terminal/age.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [0, '0s'],
  [5_900, '5s'],
  [5 * minute, '5m'],
  [20 * hour + 59 * minute, '20h'],
  [3 * day, '3d'],
  [201 * day, '201d'],
  [-5_000, '0s'],
])('what began %i ms ago is %s old', (past, words) => {
  const now = new Date('2026-11-22T12:00:00Z');
  expect(age(new Date(now.getTime() - past), now)).toBe(words);
});

test.each([
  [0, '0.0s'],
  [940, '0.9s'],
  [2_400, '2s'],
  [59_600, '1m'],
  [86_000, '1m 26s'],
  [2 * hour + 5 * minute, '2h 5m'],
  [7 * day, '7d'],
  [7 * day + 3 * hour, '7d 3h'],
])('%i ms last %s', (milliseconds, words) => {
  expect(span(milliseconds)).toBe(words);
});
