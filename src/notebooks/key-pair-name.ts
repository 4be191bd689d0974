import { keyDigest } from '../ssh/key-digest.ts';
import type { PublicKey } from '../ssh/keys.ts';
import { keyPairPrefix } from './identity.ts';

/** Contains the key's digest: a key pair of this name holds this key, so Nova need not be asked. */
export function keyPairName(key: Pick<PublicKey, 'line'>): string {
  return `${keyPairPrefix}${keyDigest(key.line)}`;
}

/** Whether a key pair's name is one that `create` gives. */
export function isOwnKeyPair(name: string): boolean {
  return name.startsWith(keyPairPrefix) && /^[0-9a-f]{12}$/.test(name.slice(keyPairPrefix.length));
}
