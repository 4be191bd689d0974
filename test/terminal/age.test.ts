import { expect, test } from 'vitest';
import { formatAge, formatDuration } from '../../src/terminal/age.ts';

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
])('an age of %i ms is shown as %s', (ageMs, text) => {
  const now = new Date('2026-11-22T12:00:00Z');
  expect(formatAge(new Date(now.getTime() - ageMs), now)).toBe(text);
});

test.each([
  [0, '0.0s'],
  [940, '0.9s'],
  [-5, '0.0s'],
  [999, '1.0s'],
  [1_000, '1s'],
  [2_400, '2s'],
  [59_499, '59s'],
  [59_600, '1m'],
  [86_000, '1m 26s'],
  [hour - 1, '1h'],
  [2 * hour + 5 * minute, '2h 5m'],
  [2 * hour + 5 * minute + 59_000, '2h 5m'],
  [day - 1, '1d'],
  [7 * day, '7d'],
  [7 * day + 3 * hour, '7d 3h'],
])('a duration of %i ms is shown as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
