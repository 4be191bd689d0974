import { expect, test } from 'vitest';
import { sizeText, sumOf } from '../../../src/commands/output/amount.ts';

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

test.each([
  [{ vcpus: 1, ramMiB: 512, diskGiB: 1 }, '1 core, 512 MiB memory, 1 GiB disk'],
  [{ vcpus: 2, ramMiB: 2048, diskGiB: 10 }, '2 cores, 2 GiB memory, 10 GiB disk'],
])('the size %j is %j', (size, text) => {
  expect(sizeText(size)).toBe(text);
});
