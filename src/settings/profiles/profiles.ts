import type { Value } from '../kinds.ts';
import { stfc } from './stfc.ts';

/** Settings of a site by key; only the defaults have a lower precedence. */
export type Profile = Readonly<Record<string, Value>>;

export const profiles: ReadonlyMap<string, Profile> = new Map([['stfc', stfc]]);
