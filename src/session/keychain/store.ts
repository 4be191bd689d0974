import { NubesError } from '../../errors.ts';
import { maxSecretBytes } from '../secret.ts';
import type { SecretStore } from '../session.ts';
import { type KeychainOptions, type KeychainWorld, keychainOf } from './process.ts';
import {
  type KeychainQuestion,
  type KeychainReason,
  KeychainRefusal,
  type KeychainValue,
} from './protocol.ts';

const sentences: Readonly<Record<KeychainReason, string>> = {
  'no-library': 'the keychain library of the system (libsecret) is not installed',
  'no-folder':
    'no private folder may hold its library: not the cache, XDG_RUNTIME_DIR or the one for temporary files',
  'no-session-bus': 'there is no D-Bus session',
  'no-provider': 'there is none; no program provides the Secret Service on the session bus',
  locked: 'it is locked or does not exist',
  'not-unlocked': 'it is locked or does not exist, and the request to open it was not granted',
  unreadable: 'it is locked, or the request to read the entry was dismissed',
  'not-deleted': 'it is locked, or the request to read or delete the entry was dismissed',
  'other-locked':
    'one of its databases is locked and may hold the entry, and the request to open it was not granted',
  denied: 'access was denied',
  timeout: 'it did not answer in time; it may be showing a dialog on the desktop',
  ended: 'the program that provides it ended before it answered',
  'too-large': `an entry is limited to ${maxSecretBytes} bytes`,
  other: 'it failed',
};

const remedies = [
  'unlock or start a keyring (a desktop login does)',
  // The daemon counts a line feed as part of the password, so it must not get the one of Enter.
  `or run in a session with one: dbus-run-session -- bash -c 'read -rsp "Keyring password: " P; printf %s "$P" | gnome-keyring-daemon --unlock >/dev/null; unset P; exec "$SHELL"'`,
  'or store the session in a file that only you can read: NUBES_NB_SESSION_STORE=file nubes-nb login',
].join('; ');

/**
 * The keychain of the system: Keychain on macOS, Credential Manager on Windows, the Secret Service on
 * Linux. The time for each answer is limited, as it may wait for a dialog that the user cannot see.
 */
export function openKeychain(world: KeychainWorld, options: KeychainOptions = {}): SecretStore {
  const ask = async (question: KeychainQuestion): Promise<KeychainValue> => {
    try {
      return await keychainOf(world).ask(question, options);
    } catch (error) {
      throw error instanceof KeychainRefusal ? unavailable(error.reason) : error;
    }
  };
  return {
    kind: 'keychain',
    probe: async () => void (await ask({ ask: 'probe' })),
    get: async (account, { isKnown = false } = {}) => {
      const found = await ask({ ask: 'get', account, isKnown });
      return typeof found === 'string' ? found : undefined;
    },
    set: async (account, secret) => {
      if (Buffer.byteLength(secret) > maxSecretBytes) throw unavailable('too-large');
      await ask({ ask: 'set', account, secret });
    },
    delete: async (account) => (await ask({ ask: 'delete', account })) === true,
  };
}

function unavailable(reason: KeychainReason): NubesError {
  return new NubesError('KEYCHAIN_UNAVAILABLE', `Cannot use the keychain: ${sentences[reason]}.`, {
    hint: remedies,
  });
}
