import type { Settings } from '../../settings/settings.ts';

/** How many notebooks a user may have by the settings, and the group that it follows from, if any. */
export interface OwnLimit {
  readonly perUser: number;
  /** Undefined: `limits.per_user`. */
  readonly group: string | undefined;
}

/** The highest number of the user's groups; `limits.per_user` only if none of them has one. */
export function ownLimit(
  { perUser, byGroup }: Settings['limits'],
  groups: readonly string[],
): OwnLimit {
  const [first, ...more] = Object.entries(byGroup).filter(([group]) => groups.includes(group));
  if (first === undefined) return { perUser, group: undefined };
  const [group, number] = more.reduce((one, other) => (other[1] > one[1] ? other : one), first);
  return { perUser: number, group };
}
