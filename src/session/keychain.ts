import { NubesError } from '../errors.ts';
import type { Keytar, World } from '../world.ts';
import { largestSecret } from './secret.ts';
import type { SecretStore } from './session.ts';

const service = 'nubes-nb';
const canary = 'probe';

type Reason =
  | 'no-library'
  | 'no-session-bus'
  | 'locked'
  | 'denied'
  | 'timeout'
  | 'too-large'
  | 'other';

const sentences: Readonly<Record<Reason, string>> = {
  'no-library': "the system's keychain library (libsecret) is not there",
  'no-session-bus': 'there is no D-Bus session',
  locked: 'it is locked, or there is none',
  denied: 'access was denied',
  timeout: 'it did not answer in time; a question of it may be waiting on the desktop',
  'too-large': `an entry may have ${largestSecret} bytes`,
  other: 'it failed',
};

const waysOut = [
  'unlock or start a keyring (a desktop login does)',
  "or run in a session with one: dbus-run-session -- sh -c 'gnome-keyring-daemon --unlock; exec $SHELL'",
  'or keep the session in a file that only you can read: NUBES_NB_SESSION_STORE=file nubes-nb login',
].join('; ');

/**
 * The system's keychain: Keychain on macOS, Credential Manager on Windows, the Secret Service on
 * Linux. `deadline` (milliseconds) bounds every call, which may wait for a dialog nobody sees.
 */
export function openKeychain(
  world: Pick<World, 'keytar'>,
  { deadline = 10_000 }: { deadline?: number } = {},
): SecretStore {
  const call = async <Result>(ask: (keytar: Keytar) => Promise<Result>): Promise<Result> => {
    const keytar = await load(world);
    return within(deadline, ask(keytar)).catch((error: unknown) => {
      throw error instanceof NubesError ? error : unavailable(reasonOf(error));
    });
  };
  const read = (account: string) => call((keytar) => keytar.getPassword(service, account));

  const probe = async () => {
    await call((keytar) => keytar.setPassword(service, canary, '1'));
    await call((keytar) => keytar.deletePassword(service, canary));
  };

  const get = async (account: string) => {
    const found = await read(account);
    // libsecret says "nothing there" for a locked keyring too; only writing tells them apart.
    if (found === null) await probe();
    return found ?? undefined;
  };

  return {
    kind: 'keychain',
    probe,
    get,
    set: async (account, secret) => {
      if (Buffer.byteLength(secret) > largestSecret) throw unavailable('too-large');
      await call((keytar) => keytar.setPassword(service, account, secret));
      if ((await read(account)) !== secret) throw unavailable('other');
    },
    delete: async (account) => {
      const gone = await call((keytar) => keytar.deletePassword(service, account));
      if ((await get(account)) !== undefined) throw unavailable('denied');
      return gone;
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

async function within<Result>(deadline: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable('timeout')), deadline);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function reasonOf(error: unknown): Reason {
  const text = error instanceof Error ? error.message : '';
  if (/native addon|libsecret/i.test(text)) return 'no-library';
  if (/autolaunch|could not connect|d-?bus|ServiceUnknown/i.test(text)) return 'no-session-bus';
  if (/locked|collection\/|dismissed|no such (object|secret collection)/i.test(text)) {
    return 'locked';
  }
  return /denied|not (allowed|permitted)|cancel/i.test(text) ? 'denied' : 'other';
}

function unavailable(reason: Reason): NubesError {
  return new NubesError(
    'KEYCHAIN_UNAVAILABLE',
    `The keychain cannot be used: ${sentences[reason]}.`,
    { hint: waysOut },
  );
}
