import { createHash } from 'node:crypto';
import { NubesError } from '../errors.ts';
import type { SessionDependencies } from './dependencies.ts';
import type { SecretStore } from './session.ts';
import { openStore } from './store.ts';

/** Passphrases of key files, stored in the keychain and never in a file. */
export interface PassphraseStore {
  /** Undefined if none is stored, or the keychain cannot be used. */
  readonly get: (file: string) => Promise<string | undefined>;
  /** Throws KEYCHAIN_UNAVAILABLE, and CONFIGURATION if session.store is "file". */
  readonly set: (file: string, passphrase: string) => Promise<void>;
}

export function openPassphrases(
  dependencies: Pick<SessionDependencies, 'world' | 'places' | 'settings' | 'trace'>,
): PassphraseStore {
  const { settings, trace } = dependencies;
  const hasKeychain = settings.session.store === 'keychain';
  const store = (): Promise<SecretStore> => openStore(dependencies, 'keychain');
  return {
    get: async (file) => {
      if (!hasKeychain) return undefined;
      try {
        return await (await store()).get(accountOf(file));
      } catch (error) {
        // The caller can still prompt for the passphrase.
        trace(error instanceof Error ? error.message : 'The keychain failed.');
        return undefined;
      }
    },
    set: async (file, passphrase) => {
      if (!hasKeychain) throw noKeychain();
      await (await store()).set(accountOf(file), passphrase);
    },
  };
}

function accountOf(file: string): string {
  return `passphrase-${createHash('sha256').update(file).digest('hex').slice(0, 32)}`;
}

function noKeychain(): NubesError {
  return new NubesError('CONFIGURATION', 'Passphrases are stored in the keychain only.', {
    hint: 'session.store is "file": leave out --keep-passphrase and use --passphrase-stdin',
  });
}
