import * as keypairs from '../../openstack/compute/keypairs.ts';
import type { Deps } from '../deps.ts';
import type { Lookups } from './lookups.ts';
import type { CreateOptions } from './options.ts';
import { keyPairName } from './server-request.ts';

/** Imports a notebook's public key into Nova, before the first request that names it. */
export type KeyPairs = (options: CreateOptions) => Promise<void>;

/**
 * Each key is imported once, however many notebooks use it: otherwise Nova refuses every worker's first
 * request for the same missing key pair.
 */
export function openKeyPairs(deps: Deps, lookups: Pick<Lookups, 'key'>): KeyPairs {
  const imported = new Map<string, Promise<void>>();
  const importMissing = async (name: string, line: string) => {
    if (await keypairs.exists(deps.compute, name)) return;
    await keypairs.importKey(deps.compute, name, line);
  };
  return async (options) => {
    const key = await lookups.key(options);
    const name = keyPairName(key);
    // A failure here recurs when the server is created, with a better message.
    const known = imported.get(name) ?? importMissing(name, key.line).catch(() => {});
    imported.set(name, known);
    return known;
  };
}
