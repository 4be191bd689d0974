import * as keypairs from '../../openstack/compute/keypairs.ts';
import type { Desk } from '../deps.ts';
import type { Survey } from './lookups.ts';
import { keyPairName } from './request.ts';
import type { Wish } from './submit.ts';

/** Sees to it that Nova has the key of a wish, before the first request that names it. */
export type KeyPairs = (wish: Wish) => Promise<void>;

/**
 * Each key is looked for once, however many notebooks want it: otherwise every worker's first request is
 * refused for the same missing key pair.
 */
export function openKeyPairs(desk: Desk, survey: Pick<Survey, 'key'>): KeyPairs {
  const seenTo = new Map<string, Promise<void>>();
  const provide = async (name: string, line: string) => {
    if (await keypairs.isThere(desk.compute, name)) return;
    await keypairs.importKey(desk.compute, name, line);
  };
  return async (wish) => {
    const key = await survey.key(wish);
    const name = keyPairName(key);
    // What goes wrong here the creation meets as well, and says it better.
    const known = seenTo.get(name) ?? provide(name, key.line).catch(() => {});
    seenTo.set(name, known);
    return known;
  };
}
