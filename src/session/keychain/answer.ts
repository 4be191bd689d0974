import type { Keytar } from '../../world.ts';
import {
  type KeychainAnswer,
  type KeychainQuestion,
  type KeychainReason,
  KeychainRefusal,
  type KeychainValue,
} from './protocol.ts';

const service = 'nubes-nb';
const probeAccount = 'probe';

/** What keytar does not say about the Secret Service of Linux. Asks the user only in `unlock`. */
export interface SecretService {
  /** Whether there are items of this account, and whether they can be read. */
  readonly itemsOf: (account: string) => Promise<'none' | 'locked' | 'unlocked'>;
  /** False also if there is no default collection. */
  readonly isLocked: () => Promise<boolean>;
  /** Unlocks the default collection, or creates it. False if the user does not agree. */
  readonly unlock: () => Promise<boolean>;
}

export interface KeychainProvider {
  readonly platform: NodeJS.Platform;
  readonly keytar: () => Promise<Keytar>;
  /** Undefined if there is none, or it cannot be reached without libsecret. */
  readonly secretService: (service: string) => Promise<SecretService | undefined>;
}

/** Answers one question; the user is asked at most once, except by providers that ask for each item. */
export async function answerQuestion(
  provider: KeychainProvider,
  question: KeychainQuestion,
): Promise<KeychainAnswer> {
  try {
    const keytar = await provider.keytar().catch((error: unknown) => {
      throw new KeychainRefusal(isRefusedByFolder(error) ? 'no-folder' : 'no-library');
    });
    return { value: await valueFor(provider, keytar, question) };
  } catch (error) {
    return { reason: error instanceof KeychainRefusal ? error.reason : reasonOf(error) };
  }
}

async function valueFor(
  provider: KeychainProvider,
  keytar: Keytar,
  question: KeychainQuestion,
): Promise<KeychainValue> {
  switch (question.ask) {
    case 'probe':
      await makeWritable(provider, keytar);
      return null;
    case 'get':
      return readEntry(provider, keytar, question.account);
    case 'set':
      await keytar.setPassword(service, question.account, question.secret);
      if ((await keytar.getPassword(service, question.account)) !== question.secret) {
        throw new KeychainRefusal('other');
      }
      return null;
    case 'delete':
      return deleteEntry(provider, keytar, question.account);
  }
}

async function makeWritable(provider: KeychainProvider, keytar: Keytar): Promise<void> {
  const secretService = await provider.secretService(service);
  if (secretService === undefined) await tryWriting(keytar);
  else await unlock(secretService);
}

async function readEntry(
  provider: KeychainProvider,
  keytar: Keytar,
  account: string,
): Promise<string | null> {
  const read = () => keytar.getPassword(service, account);
  const found = await read();
  if (found !== null || !isSecretService(provider)) return found;
  // libsecret returns null also for an entry that is locked, or that the user did not release.
  const secretService = await provider.secretService(service);
  if (secretService === undefined) {
    await tryWriting(keytar);
    return null;
  }
  const items = await secretService.itemsOf(account);
  if (items === 'locked') throw new KeychainRefusal('unreadable');
  if (items === 'none') {
    // KeePassXC has no items at all while its database is locked.
    if (!(await secretService.isLocked())) return null;
    await unlock(secretService);
  }
  const again = await read();
  if (again === null && (await secretService.itemsOf(account)) !== 'none') {
    throw new KeychainRefusal('unreadable');
  }
  return again;
}

async function deleteEntry(
  provider: KeychainProvider,
  keytar: Keytar,
  account: string,
): Promise<boolean> {
  const remove = () => keytar.deletePassword(service, account);
  const deleted = await remove();
  const secretService = isSecretService(provider)
    ? await provider.secretService(service)
    : undefined;
  if (secretService === undefined) {
    if ((await readEntry(provider, keytar, account)) !== null) throw new KeychainRefusal('denied');
    return deleted;
  }
  const check = async () => {
    if ((await secretService.itemsOf(account)) !== 'none') throw new KeychainRefusal('unreadable');
  };
  await check();
  if (deleted || !(await secretService.isLocked())) return deleted;
  await unlock(secretService);
  const deletedNow = await remove();
  await check();
  return deletedNow;
}

async function unlock(secretService: SecretService): Promise<void> {
  if (!(await secretService.unlock())) throw new KeychainRefusal('not-unlocked');
}

/** Without the Secret Service only a write distinguishes a locked keychain from an empty one. */
async function tryWriting(keytar: Keytar): Promise<void> {
  await keytar.setPassword(service, probeAccount, '1');
  await keytar.deletePassword(service, probeAccount);
}

function isSecretService({ platform }: KeychainProvider): boolean {
  return platform !== 'darwin' && platform !== 'win32';
}

/** Of a standalone executable, which writes the binding to a file and loads that. */
function isRefusedByFolder(error: unknown): boolean {
  return /map segment|may change|\bE(?:ACCES|DQUOT|NOSPC|PERM|ROFS)\b/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function reasonOf(error: unknown): KeychainReason {
  const text = messageOf(error);
  if (/native addon|libsecret/i.test(text)) return 'no-library';
  if (/not provided by any|ServiceUnknown/i.test(text)) return 'no-provider';
  if (/autolaunch|could not connect|d-?bus/i.test(text)) return 'no-session-bus';
  if (/locked|collection\/|dismissed|no such (object|secret collection)/i.test(text)) {
    return 'locked';
  }
  return /denied|not (allowed|permitted)|cancel/i.test(text) ? 'denied' : 'other';
}
