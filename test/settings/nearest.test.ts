import { expect, test } from 'vitest';
import { similarOf } from '../../src/settings/nearest.ts';

test.each([
  ['lpd-test', ['other', 'lpd-tests'], 'lpd-tests'],
  ['ldp-tests', ['lpd-tests'], 'lpd-tests'],
  ['train-1', ['train-01', 'train-02'], 'train-01'],
  ['lpd', ['lpd-quantum-tests', 'other'], 'lpd-quantum-tests'],
  ['lpd', ['lpd-quantum-tests', 'lpd-classic-tests'], undefined],
  ['ab', ['xyz'], undefined],
  ['a', ['b'], undefined],
  ['quantum', ['lpd-tests'], undefined],
  ['x', [], undefined],
])('%s among %j is similar to %s', (name, known, similar) => {
  expect(similarOf(name, known)).toBe(similar);
});
