import { expect, test } from 'vitest';
import { durationInWords, formatExpiry } from '../../src/session/dates.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [-hour, '0 minutes'],
  [0, '0 minutes'],
  [29_999, '0 minutes'],
  [30_000, '1 minute'],
  [90_000, '2 minutes'],
  [2 * hour - 1, '120 minutes'],
  [2 * hour, '2 hours'],
  [5 * hour + 29 * minute, '5 hours'],
  [2 * day - 1, '48 hours'],
  [2 * day, '2 days'],
  [7 * day, '7 days'],
])('durationInWords of %i ms is %s', (durationMs, words) => {
  expect(durationInWords(durationMs)).toBe(words);
});

test('formatExpiry prints the local date and time, and the time left', () => {
  const end = new Date(2026, 10, 29, 18, 0);
  expect(formatExpiry(end, new Date(2026, 10, 22, 18, 0))).toBe('29 Nov 18:00 (7 days)');
});
