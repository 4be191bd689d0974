import { NubesError } from '../errors.ts';
import type { Keytar, World } from '../world.ts';
import { maxSecretBytes } from './secret.ts';
import type { SecretStore } from './session.ts';

const service = 'nubes-nb';
const probeAccount = 'probe';

type Reason =
  | 'no-library'
  | 'no-session-bus'
  | 'no-provider'
  | 'locked'
  | 'denied'
  | 'timeout'
  | 'too-large'
  | 'other';

const sentences: Readonly<Record<Reason, string>> = {
  'no-library': 'the keychain library of the system (libsecret) is not installed',
  'no-session-bus': 'there is no D-Bus session',
  'no-provider': 'there is none; no program provides the Secret Service on the session bus',
  locked: 'it is locked or does not exist',
  denied: 'access was denied',
  timeout: 'it did not answer in time; it may be showing a dialog on the desktop',
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
 * Linux. Each call is limited to `timeoutMs`, as it may wait for a dialog that the user cannot see.
 */
export function openKeychain(
  world: Pick<World, 'keytar'>,
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): SecretStore {
  const call = async <Result>(ask: (keytar: Keytar) => Promise<Result>): Promise<Result> => {
    const keytar = await load(world);
    return within(timeoutMs, ask(keytar)).catch((error: unknown) => {
      throw error instanceof NubesError ? error : unavailable(reasonOf(error));
    });
  };
  const read = (account: string) => call((keytar) => keytar.getPassword(service, account));

  const probe = async () => {
    await call((keytar) => keytar.setPassword(service, probeAccount, '1'));
    await call((keytar) => keytar.deletePassword(service, probeAccount));
  };

  const get = async (account: string) => {
    const found = await read(account);
    // libsecret returns null for a locked keyring as well; only a write distinguishes the two.
    if (found === null) await probe();
    return found ?? undefined;
  };

  return {
    kind: 'keychain',
    probe,
    get,
    set: async (account, secret) => {
      if (Buffer.byteLength(secret) > maxSecretBytes) throw unavailable('too-large');
      await call((keytar) => keytar.setPassword(service, account, secret));
      if ((await read(account)) !== secret) throw unavailable('other');
    },
    delete: async (account) => {
      const deleted = await call((keytar) => keytar.deletePassword(service, account));
      if ((await get(account)) !== undefined) throw unavailable('denied');
      return deleted;
    },
  };
}

async function load({ keytar }: Pick<World, 'keytar'>): Promise<Keytar> {
  if (keytar !== undefined) return keytar;
  try {
    return (await import('keytar')).default;
  } catch {
    throw unavailable('no-library');
  }
}

async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable('timeout')), timeoutMs);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

function reasonOf(error: unknown): Reason {
  const text = error instanceof Error ? error.message : '';
  if (/native addon|libsecret/i.test(text)) return 'no-library';
  if (/not provided by any|ServiceUnknown/i.test(text)) return 'no-provider';
  if (/autolaunch|could not connect|d-?bus/i.test(text)) return 'no-session-bus';
  if (/locked|collection\/|dismissed|no such (object|secret collection)/i.test(text)) {
    return 'locked';
  }
  return /denied|not (allowed|permitted)|cancel/i.test(text) ? 'denied' : 'other';
}

function unavailable(reason: Reason): NubesError {
  return new NubesError('KEYCHAIN_UNAVAILABLE', `Cannot use the keychain: ${sentences[reason]}.`, {
    hint: remedies,
  });
}
