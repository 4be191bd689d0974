import { createHash } from 'node:crypto';
import { NubesError } from '../errors.ts';
import type { SessionDependencies } from './dependencies.ts';
import type { SecretStore } from './session.ts';
import { openStore } from './store.ts';

/** Passphrases of key files in the system's keychain, never in a file. */
export interface KeptPassphrases {
  /** Undefined: none is kept, or there is no keychain to ask. */
  readonly of: (file: string) => Promise<string | undefined>;
  /** Throws KEYCHAIN_UNAVAILABLE, and CONFIGURATION where the session is kept in a file. */
  readonly keep: (file: string, passphrase: string) => Promise<void>;
}

export function openPassphrases(
  dependencies: Pick<SessionDependencies, 'world' | 'places' | 'settings' | 'trace'>,
): KeptPassphrases {
  const { settings, trace } = dependencies;
  const hasKeychain = settings.session.store === 'keychain';
  const store = (): Promise<SecretStore> => openStore(dependencies, 'keychain');
  return {
    of: async (file) => {
      if (!hasKeychain) return undefined;
      try {
        return await (await store()).get(accountOf(file));
      } catch (error) {
        // Whoever can be asked needs no keychain.
        trace(error instanceof Error ? error.message : 'The keychain failed.');
        return undefined;
      }
    },
    keep: async (file, passphrase) => {
      if (!hasKeychain) throw noKeychain();
      await (await store()).set(accountOf(file), passphrase);
    },
  };
}

function accountOf(file: string): string {
  return `passphrase-${createHash('sha256').update(file).digest('hex').slice(0, 32)}`;
}

function noKeychain(): NubesError {
  return new NubesError('CONFIGURATION', 'A passphrase is kept in the keychain only.', {
    hint: 'session.store is "file" here: leave out --keep-passphrase, and pipe it in with --passphrase-stdin',
  });
}
