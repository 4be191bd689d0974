import { expect, test } from 'vitest';
import { sumOf } from '../../../src/commands/output/amount.ts';

test.each([
  [[{ vcpus: 1, ramMiB: 512 }], '1 core, 512 MiB'],
  [
    [
      { vcpus: 1, ramMiB: 512 },
      { vcpus: 2, ramMiB: 1024 },
    ],
    '3 cores, 1.5 GiB',
  ],
])('the sum of %j is %j', (sizes, text) => {
  expect(sumOf(sizes)).toBe(text);
});
