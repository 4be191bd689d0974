import { NubesError, sentence } from '../../errors.ts';
import * as keypairs from '../../openstack/compute/keypairs.ts';
import { ApiError, isRefusedByPolicy, isStatus, quotaDetail } from '../../openstack/errors.ts';
import { isCommonType, type PublicKey } from '../../ssh/keys.ts';
import { keyType } from '../../ssh/public-key.ts';
import type { Deps } from '../deps.ts';
import { keyPairName } from '../key-pair-name.ts';
import type { Lookups } from './lookups.ts';
import type { CreateOptions } from './options.ts';

/** Imports a notebook's public key into Nova, before the first request that names it. */
export type KeyPairs = (options: CreateOptions) => Promise<void>;

/**
 * Each key is imported once, however many notebooks use it: otherwise Nova refuses every worker's first
 * request for the same missing key pair.
 */
export function openKeyPairs(deps: Deps, lookups: Pick<Lookups, 'key'>): KeyPairs {
  const imported = new Map<string, Promise<void>>();
  const importMissing = async (name: string, line: string) => {
    if ((await keypairs.find(deps.compute, name)) !== undefined) return;
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

/**
 * Imports the key that Nova did not find for a request. False if policy does not permit it, and the VM gets the
 * key without: the user data has it, too, unless the image makes its own account.
 */
export async function importNamedKey(deps: Deps, key: PublicKey): Promise<boolean> {
  const { compute, settings, warn } = deps;
  try {
    await keypairs.importKey(compute, keyPairName(key), key.line);
    return true;
  } catch (error) {
    // Another process may have imported the same key a moment ago.
    if (isStatus(error, 409)) return true;
    if (!isRefusedByPolicy(error)) throw explainKeyRefusal(error, key);
    if (settings.notebook.account === 'image') throw error;
    warn(`the VM gets its SSH key without a key pair: ${error.message}`);
    return false;
  }
}

function explainKeyRefusal(error: unknown, { line }: PublicKey): unknown {
  if (!(error instanceof ApiError)) return error;
  const { requestId, detail } = error;
  if (error.code === 'QUOTA_EXCEEDED') {
    const message = `Nova did not import your SSH key: ${quotaDetail(detail)}.`;
    return new NubesError('QUOTA_EXCEEDED', message, { hint: error.hint, requestId });
  }
  if (error.status !== 400) return error;
  if (isCommonType(line)) {
    return new NubesError(
      'CONFIGURATION',
      `Nova rejected your SSH key: ${sentence(detail, 'no reason given')}`,
      { hint: 'name another public key with --key FILE', requestId },
    );
  }
  return new NubesError('USAGE', `Nova accepts no SSH key of the type ${keyType(line)}.`, {
    hint: 'ssh-keygen -t ed25519 -f FILE makes a key that it accepts; name it with --key FILE',
    requestId,
  });
}
