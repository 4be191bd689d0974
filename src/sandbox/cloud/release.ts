/** Releases of OpenStack, by the names that its sites use. */
export const releases = ['zed', '2025.1', '2026.2'] as const;
export type Release = (typeof releases)[number];
export const newestRelease: Release = '2026.2';

/** In what the releases differ for the program. All of it was seen in services of that release. */
export interface Traits {
  readonly release: Release;
  /** Nova's highest microversion is 2.N. */
  readonly maxMinor: number;
  readonly keystone: KeystoneTraits;
  /** Nova checks Keystone's limits, an option since Yoga, instead of its own quotas. */
  readonly unifiedLimits: boolean;
  /** How long `GET /servers/{id}` shows a deleted server as DELETED, before the 404. */
  readonly deletedMs: number;
  /** A deleted server counts towards the quota until the 404. */
  readonly countsUntilGone: boolean;
  readonly glance: GlanceTraits;
  /** Nova, Glance and Neutron require the roles reader and member; before 2023.1 any role permits all. */
  readonly needsRoles: boolean;
}

/** Debian's packages with their security updates of 2026; those of Zed have none. */
export interface KeystoneTraits {
  /** Access rules of application credentials count for Keystone's own API too. */
  readonly appliesAccessRules: boolean;
  /** The role `manager` exists; `member` in a new application credential implies `reader`. */
  readonly impliesRoles: boolean;
  /** The end of a token that ends with its credential has a time zone. */
  readonly zonedEnds: boolean;
  /** How a refused property is described. */
  readonly words: 'field' | 'attribute';
  readonly emptyNameIs: 'too short' | 'non-empty';
}

const keystone22: KeystoneTraits = {
  appliesAccessRules: false,
  impliesRoles: false,
  zonedEnds: false,
  words: 'field',
  emptyNameIs: 'too short',
};
const keystone27: KeystoneTraits = {
  appliesAccessRules: true,
  impliesRoles: true,
  zonedEnds: true,
  words: 'attribute',
  emptyNameIs: 'too short',
};
const keystone30: KeystoneTraits = { ...keystone27, emptyNameIs: 'non-empty' };

export interface GlanceTraits {
  /** Its versions 2.N, as its root lists them. */
  readonly minors: readonly number[];
  readonly currentMinor: number;
  /** The 403 for a change of another project's image. */
  readonly notOwner: string;
}

const glance25: GlanceTraits = {
  minors: [15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  currentMinor: 15,
  notOwner: 'You do not own this image',
};
/** Of 2025.1; that of 2026.2 answers alike. */
const glance30: GlanceTraits = {
  minors: [15, 13, 12, 11, 10, 9, 8, 17, 7, 6, 5, 4, 3, 2, 1, 0],
  currentMinor: 17,
  notOwner: 'You are not authorized to complete delete_image action.',
};

const traits: Readonly<Record<Release, Omit<Traits, 'release'>>> = {
  zed: {
    ...{ maxMinor: 93, keystone: keystone22, glance: glance25 },
    ...{ unifiedLimits: false, deletedMs: 100, countsUntilGone: false },
    needsRoles: false,
  },
  '2025.1': {
    ...{ maxMinor: 100, keystone: keystone27, glance: glance30 },
    ...{ unifiedLimits: false, deletedMs: 2_500, countsUntilGone: true },
    needsRoles: true,
  },
  '2026.2': {
    ...{ maxMinor: 104, keystone: keystone30, glance: glance30 },
    ...{ unifiedLimits: true, deletedMs: 100, countsUntilGone: true },
    needsRoles: true,
  },
};

export function traitsOf(release: Release): Traits {
  return { release, ...traits[release] };
}
