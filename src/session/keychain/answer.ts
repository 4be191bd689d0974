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
  /** The default one. KeePassXC has none without an open database. */
  readonly collection: () => Promise<'none' | 'locked' | 'unlocked'>;
  /** Unlocks the default collection, or creates it. False if the user does not agree. */
  readonly unlock: () => Promise<boolean>;
  /** The other collections that are locked and show no items: KeePassXC hides those of a locked database. */
  readonly opaque: () => Promise<readonly string[]>;
  /** False if the user does not agree for each of them. */
  readonly unlockOthers: (collections: readonly string[]) => Promise<boolean>;
  /** Settles when the program that provides it ends; libsecret waits for its dialogs for ever. */
  readonly ended: Promise<void>;
}

export interface KeychainProvider {
  readonly platform: NodeJS.Platform;
  readonly keytar: () => Promise<Keytar>;
  /** On Linux. Undefined if there is none, or it cannot be reached without libsecret. */
  readonly secretService: (service: string) => Promise<SecretService | undefined>;
}

/** Answers one question; the user is asked at most once, except by providers that ask for each item. */
export async function answerQuestion(
  provider: KeychainProvider,
  question: KeychainQuestion,
): Promise<KeychainAnswer> {
  try {
    const opened = await open(provider, question);
    return { value: await Promise.race([valueFor(opened, question), end(opened)]) };
  } catch (error) {
    return { reason: error instanceof KeychainRefusal ? error.reason : reasonOf(error) };
  }
}

interface Opened {
  readonly keytar: Keytar;
  /** Undefined on other systems as well. */
  readonly secretService: SecretService | undefined;
  readonly isLinux: boolean;
}

async function open(provider: KeychainProvider, { ask }: KeychainQuestion): Promise<Opened> {
  const isLinux = provider.platform !== 'darwin' && provider.platform !== 'win32';
  const [keytar, secretService] = await Promise.all([
    provider.keytar().catch((error: unknown) => {
      throw new KeychainRefusal(isRefusedByFolder(error) ? 'no-folder' : 'no-library');
    }),
    isLinux && ask !== 'set' ? provider.secretService(service) : undefined,
  ]);
  return { keytar, secretService, isLinux };
}

function end({ secretService }: Opened): Promise<never> {
  return new Promise((_resolve, reject) => {
    secretService?.ended.then(() => reject(new KeychainRefusal('ended')));
  });
}

async function valueFor(opened: Opened, question: KeychainQuestion): Promise<KeychainValue> {
  const { keytar, secretService } = opened;
  switch (question.ask) {
    case 'probe':
      if (secretService === undefined) await tryWriting(keytar);
      else await unlock(secretService);
      return null;
    case 'get':
      return readEntry(opened, question.account, question.isKnown);
    case 'set':
      await writeEntry(keytar, question.account, question.secret);
      return null;
    case 'delete':
      return deleteEntry(opened, question.account);
  }
}

/**
 * The new entry is in the default collection, and what is read may be an older one in another: KeePassXC's default is the
 * database in front.
 */
async function writeEntry(keytar: Keytar, account: string, secret: string): Promise<void> {
  await keytar.setPassword(service, account, secret);
  const found = await keytar.getPassword(service, account);
  if (found === secret) return;
  if (found === null) throw new KeychainRefusal('other');
  await keytar.deletePassword(service, account);
  await keytar.setPassword(service, account, secret);
  if ((await keytar.getPassword(service, account)) !== secret) throw new KeychainRefusal('other');
}

async function readEntry(
  opened: Opened,
  account: string,
  isKnown: boolean,
): Promise<string | null> {
  const { keytar, secretService, isLinux } = opened;
  const read = () => keytar.getPassword(service, account);
  await unlockLocked(secretService);
  const first = await read();
  const isElsewhere =
    first === null && isKnown && (await hasUnlockedOthers(secretService, account));
  const found = isElsewhere ? await read() : first;
  if (found !== null) return found;
  if (secretService !== undefined) await requireAbsence(secretService, account);
  else if (isLinux) await tryWriting(keytar);
  return null;
}

async function deleteEntry(opened: Opened, account: string): Promise<boolean> {
  const { keytar, secretService } = opened;
  const remove = () => keytar.deletePassword(service, account);
  await unlockLocked(secretService);
  const deleted =
    (await remove()) || ((await hasUnlockedOthers(secretService, account)) && (await remove()));
  if (secretService !== undefined) await requireAbsence(secretService, account, 'not-deleted');
  else if ((await readEntry(opened, account, false)) !== null) throw new KeychainRefusal('denied');
  return deleted;
}

/** First, as KeePassXC asks the user in each search of a locked database, and libsecret searches in each call. */
async function unlockLocked(secretService: SecretService | undefined): Promise<void> {
  if (secretService === undefined) return;
  if ((await secretService.collection()) === 'locked') await unlock(secretService);
}

/** Unlocks the other collections that do not show whether they hold the entry. False if there are none. */
async function hasUnlockedOthers(
  secretService: SecretService | undefined,
  account: string,
): Promise<boolean> {
  if (secretService === undefined || (await secretService.itemsOf(account)) !== 'none')
    return false;
  const others = await secretService.opaque();
  if (others.length === 0) return false;
  if (!(await secretService.unlockOthers(others))) throw new KeychainRefusal('other-locked');
  return true;
}

/** libsecret finds nothing also if an entry is locked, the user did not release it, or its database is closed. */
async function requireAbsence(
  secretService: SecretService,
  account: string,
  otherwise: KeychainReason = 'unreadable',
): Promise<void> {
  if ((await secretService.itemsOf(account)) !== 'none') throw new KeychainRefusal(otherwise);
  if ((await secretService.collection()) !== 'unlocked') throw new KeychainRefusal('locked');
}

async function unlock(secretService: SecretService): Promise<void> {
  if (!(await secretService.unlock())) throw new KeychainRefusal('not-unlocked');
}

/** Without the Secret Service only a write distinguishes a locked keychain from an empty one. */
async function tryWriting(keytar: Keytar): Promise<void> {
  await keytar.setPassword(service, probeAccount, '1');
  await keytar.deletePassword(service, probeAccount);
}

/** Of a standalone executable, which writes the binding to a file and loads that. */
function isRefusedByFolder(error: unknown): boolean {
  return /map segment|may change|mkdtemp|\bE(?:ACCES|DQUOT|FBIG|NOSPC|PERM|ROFS)\b/.test(
    messageOf(error),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function reasonOf(error: unknown): KeychainReason {
  const text = messageOf(error);
  if (/native addon|libsecret/i.test(text)) return 'no-library';
  if (/not provided by any|ServiceUnknown/i.test(text)) return 'no-provider';
  if (/disconnected from message bus without replying/i.test(text)) return 'ended';
  if (/autolaunch|could not connect|d-?bus/i.test(text)) return 'no-session-bus';
  if (/locked|collection\/|dismissed|no such (object|secret collection)/i.test(text)) {
    return 'locked';
  }
  return /denied|not (allowed|permitted)|cancel/i.test(text) ? 'denied' : 'other';
}
