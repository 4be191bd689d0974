import { is, parse } from 'valibot';
import { expect, test } from 'vitest';
import { optionalTimestamp, timestamp } from '../../src/openstack/timestamps.ts';

test.each([
  ['2026-11-22T21:26:01Z', '2026-11-22T21:26:01.000Z'],
  ['2026-11-22T21:26:01', '2026-11-22T21:26:01.000Z'],
  ['2026-11-22T21:26:01.123456', '2026-11-22T21:26:01.123Z'],
  ['2026-11-22T21:26:01.123456Z', '2026-11-22T21:26:01.123Z'],
  ['2026-11-22T21:26:01+01:00', '2026-11-22T20:26:01.000Z'],
  ['2026-11-22T21:26:01-0530', '2026-11-23T02:56:01.000Z'],
])('timestamp %s is %s', (text, expected) => {
  expect(parse(timestamp, text).toISOString()).toBe(expected);
});

test.each(['yesterday', '', 'Z', 7, null, undefined])('timestamp %j is invalid', (value) => {
  expect(is(timestamp, value)).toBe(false);
});

test.each([null, undefined])('optionalTimestamp accepts %s', (value) => {
  expect(parse(optionalTimestamp, value)).toBe(value);
});
