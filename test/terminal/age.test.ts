import { expect, test } from 'vitest';
import {
  formatAge,
  formatDistance,
  formatDuration,
  formatIsoDuration,
} from '../../src/terminal/age.ts';

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

test.each([
  [2.9 * day, 'in 2 days'],
  [day, 'in 1 day'],
  [5 * hour, 'in 5 hours'],
  [20 * minute, 'in 20 minutes'],
  [1_000, 'in 1 second'],
  [0, 'now'],
  [-999, 'now'],
  [-3 * hour, '3 hours ago'],
  [-400 * day, '400 days ago'],
])('a time in %i ms is shown as %s', (distanceMs, text) => {
  const now = new Date('2026-11-22T12:00:00Z');
  const timestamp = new Date(now.getTime() + distanceMs).toISOString();
  expect(formatDistance(timestamp, now)).toBe(text);
});

test('a text that is not a time is shown as it is', () => {
  expect(formatDistance('next week', new Date())).toBe('next week');
});

test.each([
  ['PT43200S', '12h'],
  ['PT90M', '1h 30m'],
  ['P1DT12H', '1d 12h'],
  ['PT45S', '45s'],
  ['PT0S', 'PT0S'],
  ['P', 'P'],
  ['12 hours', '12 hours'],
])('the duration %s is shown as %s', (text, shown) => {
  expect(formatIsoDuration(text)).toBe(shown);
});
