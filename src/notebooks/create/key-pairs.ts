import * as keypairs from '../../openstack/compute/keypairs.ts';
import type { Deps } from '../deps.ts';
import type { Lookups } from './lookups.ts';
import { keyPairName } from './request.ts';
import type { CreateOptions } from './submit.ts';

/** Sees to it that Nova has the key of a wish, before the first request that names it. */
export type KeyPairs = (wish: CreateOptions) => Promise<void>;

/**
 * Each key is looked for once, however many notebooks want it: otherwise every worker's first request is
 * refused for the same missing key pair.
 */
export function openKeyPairs(deps: Deps, lookups: Pick<Lookups, 'key'>): KeyPairs {
  const seenTo = new Map<string, Promise<void>>();
  const provide = async (name: string, line: string) => {
    if (await keypairs.exists(deps.compute, name)) return;
    await keypairs.importKey(deps.compute, name, line);
  };
  return async (wish) => {
    const key = await lookups.key(wish);
    const name = keyPairName(key);
    // What goes wrong here the creation meets as well, and says it better.
    const known = seenTo.get(name) ?? provide(name, key.line).catch(() => {});
    seenTo.set(name, known);
    return known;
  };
}
