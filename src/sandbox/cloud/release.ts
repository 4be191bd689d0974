/** Releases of OpenStack, by the names that its sites use. */
export const releases = ['zed', '2025.1', '2026.2'] as const;
export type Release = (typeof releases)[number];
export const newestRelease: Release = '2026.2';

/** In what the releases differ for the program. All of it was seen in services of that release. */
export interface Traits {
  readonly release: Release;
  /** Nova's highest microversion is 2.N. */
  readonly maxMinor: number;
}

const traits: Readonly<Record<Release, Omit<Traits, 'release'>>> = {
  zed: { maxMinor: 93 },
  '2025.1': { maxMinor: 100 },
  '2026.2': { maxMinor: 104 },
};

export function traitsOf(release: Release): Traits {
  return { release, ...traits[release] };
}
