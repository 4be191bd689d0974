import { expect, test } from 'vitest';
import { releaseOf } from '../../../src/openstack/compute/releases.ts';

test.each([
  ['2.93', ['Zed'], 'regularly'],
  ['2.100', ['2025.1', '2025.2'], 'by hand'],
  ['2.104', ['2026.2'], 'regularly'],
  ['2.90', ['Xena', 'Yoga'], 'no'],
  ['2.98', ['after 2024.2', 'before 2025.1'], 'no'],
  ['2.9', ['before Pike'], 'no'],
  ['2.200', ['after 2026.2'], 'no'],
  ['3.1', ['after 2026.2'], 'no'],
] as const)('releaseOf %s is %j, tested %s', (maximum, names, tested) => {
  expect(releaseOf(maximum)).toEqual({ names, tested });
});
