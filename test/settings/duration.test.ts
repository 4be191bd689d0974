import { expect, test } from 'vitest';
import {
  formatDurationSetting,
  parseDuration,
  parseDurationWithUnit,
} from '../../src/settings/duration.ts';

test.each([
  ['90', 90_000],
  ['0', 0],
  ['1.5', 1_500],
  ['90s', 90_000],
  ['6m', 360_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['0.001s', 1],
  ['1.5h', 5_400_000],
  [' 6m ', 360_000],
])('parseDuration reads %j as %i ms', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each([
  '',
  'm',
  '6 m',
  '-6m',
  '6M',
  '6min',
  '1h30m',
  '1e3',
  '1.2345s',
  '.5s',
  '1234567890',
  'off',
])('parseDuration refuses %j', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  ['14d', 1_209_600_000],
  ['90s', 90_000],
  ['90', undefined],
  ['14 ', undefined],
  ['d', undefined],
])('parseDurationWithUnit reads %j as %s', (text, durationMs) => {
  expect(parseDurationWithUnit(text)).toBe(durationMs);
});

test.each([
  [0, '0s'],
  [1, '0.001s'],
  [90_000, '90s'],
  [60_000, '1m'],
  [360_000, '6m'],
  [5_400_000, '90m'],
  [7_200_000, '2h'],
  [86_400_000, '1d'],
  [90_000_000, '25h'],
])('formatDurationSetting of %i ms is %s, which parseDuration reads', (durationMs, text) => {
  expect(formatDurationSetting(durationMs)).toBe(text);
  expect(parseDuration(text)).toBe(durationMs);
});
