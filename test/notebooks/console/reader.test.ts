import { expect, test } from 'vitest';
import type { ConsoleLog } from '../../../src/notebooks/console/log.ts';
import { consoleState } from '../../../src/notebooks/console/reader.ts';

const empty: ConsoleLog = {
  boot: undefined,
  failure: undefined,
  hostKeys: [],
  certificate: undefined,
  packages: undefined,
};

test.each([
  ['no marker, and no earlier boot', {}, undefined, { state: 'no-marker' }],
  ['no marker, after an earlier boot', {}, 'A', { state: 'pending' }],
  ['the marker of the earlier boot', { boot: 'A' }, 'A', { state: 'pending' }],
  ['the marker of the first boot', { boot: 'A' }, undefined, { state: 'ready' }],
  ['the marker of another boot', { boot: 'B' }, 'A', { state: 'ready' }],
  [
    'a failure of another boot',
    { boot: 'B', failure: 'it ends' },
    'A',
    { state: 'failed', reason: 'it ends' },
  ],
  ['a failure of the earlier boot', { boot: 'A', failure: 'it ends' }, 'A', { state: 'pending' }],
] as const)('consoleState of %s', (_, log, earlierBoot, state) => {
  expect(consoleState({ ...empty, ...log }, earlierBoot)).toEqual(state);
});

test.each([
  ['of this boot are reported', 'B', true],
  ['of the earlier boot are not reported', 'A', false],
])('consoleState: packages %s', (_, boot, isReported) => {
  const packages = { boot, state: 'installing', reason: '' } as const;
  const { packages: reported } = consoleState({ ...empty, packages }, 'A');
  expect(reported).toEqual(isReported ? packages : undefined);
});
