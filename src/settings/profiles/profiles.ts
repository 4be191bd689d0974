import type { Value } from '../kinds.ts';
import { stfc } from './stfc.ts';

/** A site's facts by key; the lowest layer above the defaults. */
export type Profile = Readonly<Record<string, Value>>;

export const profiles: ReadonlyMap<string, Profile> = new Map([['stfc', stfc]]);
