import { atLeast } from './versions.ts';

/** A release of OpenStack, as far as the highest microversion of Nova shows it. */
export interface CloudRelease {
  /** Of the release's name, or both of the releases that it lies between. */
  readonly names: readonly string[];
  /** Whether nubes-nb is tested on it: before each release, once by hand, or not. */
  readonly tested: 'regularly' | 'by hand' | 'no';
}

/**
 * The maximum of each release, from Nova's own history of its microversions. Keystone's version is 3.14 in all of
 * them since Ussuri, so it distinguishes none.
 */
const releases: readonly (readonly [maximum: string, ...names: string[]])[] = [
  ['2.53', 'Pike'],
  ['2.60', 'Queens'],
  ['2.65', 'Rocky'],
  ['2.72', 'Stein'],
  ['2.79', 'Train'],
  ['2.87', 'Ussuri', 'Victoria'],
  ['2.88', 'Wallaby'],
  ['2.90', 'Xena', 'Yoga'],
  ['2.93', 'Zed'],
  ['2.95', '2023.1', '2023.2'],
  ['2.96', '2024.1', '2024.2'],
  ['2.100', '2025.1', '2025.2'],
  ['2.103', '2026.1'],
  ['2.104', '2026.2'],
];

const tested: Readonly<Record<string, CloudRelease['tested']>> = {
  '2.93': 'regularly',
  '2.100': 'by hand',
  '2.104': 'regularly',
};

/** The release with this maximum. */
export function releaseOf(maximum: string): CloudRelease {
  const found = releases.find(([version]) => version === maximum);
  if (found) return { names: found.slice(1), tested: tested[maximum] ?? 'no' };
  const older = releases.filter(([version]) => atLeast(maximum, version)).at(-1);
  const newer = releases.find(([version]) => !atLeast(maximum, version));
  const names = [
    ...(older ? [`after ${older.at(-1)}`] : []),
    ...(newer ? [`before ${newer[1]}`] : []),
  ];
  return { names, tested: 'no' };
}
