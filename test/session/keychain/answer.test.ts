import { expect, test } from 'vitest';
import { answerQuestion, type SecretService } from '../../../src/session/keychain/answer.ts';
import type { KeychainQuestion } from '../../../src/session/keychain/protocol.ts';

interface Provider {
  /** The entry of the account, if there is one. */
  readonly entry?: string;
  /** The collection is locked, and this is what its dialog ends with. */
  readonly locked?: 'dismissed' | 'unlocked';
  /** As KeePassXC: each search of a locked database shows the dialog, and finds nothing if it stays locked. */
  readonly kdbx?: boolean;
  /** There is no collection: KeePassXC has no database open, or gnome-keyring no keyring. */
  readonly absent?: boolean;
  /** The user does not release the entry, in a collection that is unlocked. */
  readonly withheld?: boolean;
  /** A second database, which is locked and hides its items: what it holds, and what its dialog ends with. */
  readonly second?: { readonly entry?: string; readonly ends: 'dismissed' | 'unlocked' };
  /** An entry in an unlocked database that is not the default one; it is found first. */
  readonly other?: string;
  /** The user does not agree to the deletion of the entry. */
  readonly kept?: boolean;
}

/** Answers as libsecret and a Secret Service do, and counts the dialogs. */
function provider(start: Provider) {
  let { entry, locked, second, other } = start;
  const { kdbx, absent, withheld, kept } = start;
  let dialogs = 0;
  const dialog = () => {
    dialogs += 1;
    if (locked === 'unlocked') locked = undefined;
    return locked === undefined;
  };
  const released = () => {
    if (absent) return false;
    if (locked !== undefined && (kdbx || entry !== undefined) && !dialog()) return false;
    if (entry === undefined) return false;
    if (withheld) dialogs += 1;
    return !withheld;
  };
  const secretService: SecretService = {
    itemsOf: async () => {
      if (absent || (locked !== undefined && kdbx && !dialog())) return 'none';
      if (entry === undefined) return 'none';
      return locked !== undefined || withheld ? 'locked' : 'unlocked';
    },
    collection: async () => {
      if (absent) return 'none';
      return locked === undefined ? 'unlocked' : 'locked';
    },
    unlock: async () => locked === undefined || dialog(),
    opaque: async () => (second === undefined ? [] : ['/second']),
    ended: new Promise(() => {}),
    unlockOthers: async (collections) => {
      expect(collections).toEqual(['/second']);
      dialogs += 1;
      if (second?.ends !== 'unlocked') return false;
      entry ??= second.entry;
      second = undefined;
      return true;
    },
  };
  const written: string[] = [];
  return {
    platform: 'linux',
    keytar: async () => ({
      getPassword: async () => other ?? (released() ? (entry ?? null) : null),
      setPassword: async (_service: string, account: string, secret: string) => {
        written.push(account);
        entry = secret;
      },
      deletePassword: async () => {
        if (!released() || kept) return false;
        entry = undefined;
        other = undefined;
        return true;
      },
    }),
    secretService: async () => secretService,
    dialogs: () => dialogs,
    written,
  } as const;
}

const get: KeychainQuestion = { ask: 'get', account: 'a', isKnown: true };
const getNew: KeychainQuestion = { ...get, isKnown: false };
const remove: KeychainQuestion = { ask: 'delete', account: 'a' };
const probe: KeychainQuestion = { ask: 'probe' };
const kdbx = { kdbx: true, entry: 's' } as const;

test.each<[string, Provider, KeychainQuestion, object, number]>([
  ['read', { entry: 's' }, get, { value: 's' }, 0],
  ['read without an entry', {}, get, { value: null }, 0],
  ['read, unlocked', { entry: 's', locked: 'unlocked' }, get, { value: 's' }, 1],
  ['read, dismissed', { entry: 's', locked: 'dismissed' }, get, { reason: 'not-unlocked' }, 1],
  ['read, withheld', { entry: 's', withheld: true }, get, { reason: 'unreadable' }, 1],
  ['read of a locked database', { ...kdbx, locked: 'unlocked' }, get, { value: 's' }, 1],
  [
    'read, database stays locked',
    { ...kdbx, locked: 'dismissed' },
    get,
    { reason: 'not-unlocked' },
    1,
  ],
  ['read without a collection', { ...kdbx, absent: true }, get, { reason: 'locked' }, 0],
  ['read of nothing, unlocked', { locked: 'unlocked' }, get, { value: null }, 1],
  ['delete', { entry: 's' }, remove, { value: true }, 0],
  ['delete without an entry', {}, remove, { value: false }, 0],
  ['delete, dismissed', { entry: 's', locked: 'dismissed' }, remove, { reason: 'not-unlocked' }, 1],
  ['delete, withheld', { entry: 's', withheld: true }, remove, { reason: 'not-deleted' }, 1],
  ['delete in a locked database', { ...kdbx, locked: 'unlocked' }, remove, { value: true }, 1],
  [
    'delete, database stays locked',
    { ...kdbx, locked: 'dismissed' },
    remove,
    { reason: 'not-unlocked' },
    1,
  ],
  ['delete, not agreed to', { entry: 's', kept: true }, remove, { reason: 'not-deleted' }, 0],
  ['delete without a collection', { ...kdbx, absent: true }, remove, { reason: 'locked' }, 0],
  [
    'read, in a second database',
    { second: { entry: 's', ends: 'unlocked' } },
    get,
    { value: 's' },
    1,
  ],
  [
    'read, the second database does not have it',
    { second: { ends: 'unlocked' } },
    get,
    { value: null },
    1,
  ],
  [
    'read, the second database stays locked',
    { second: { entry: 's', ends: 'dismissed' } },
    get,
    { reason: 'other-locked' },
    1,
  ],
  [
    'read beside a second database',
    { entry: 's', second: { ends: 'dismissed' } },
    get,
    { value: 's' },
    0,
  ],
  [
    'read of what was never written, beside a second database',
    { second: { ends: 'dismissed' } },
    getNew,
    { value: null },
    0,
  ],
  [
    'delete in a second database',
    { second: { entry: 's', ends: 'unlocked' } },
    remove,
    { value: true },
    1,
  ],
  [
    'delete, the second database stays locked',
    { second: { entry: 's', ends: 'dismissed' } },
    remove,
    { reason: 'other-locked' },
    1,
  ],
  ['probe, with a second database', { second: { ends: 'dismissed' } }, probe, { value: null }, 0],
  ['probe', {}, probe, { value: null }, 0],
  ['probe, unlocked', { locked: 'unlocked' }, probe, { value: null }, 1],
  ['probe, dismissed', { locked: 'dismissed' }, probe, { reason: 'not-unlocked' }, 1],
])(
  'a keychain answers after at most one dialog: %s',
  async (_, start, question, answer, dialogs) => {
    const asked = provider(start);
    expect(await answerQuestion(asked, question)).toEqual(answer);
    expect(asked.dialogs()).toBe(dialogs);
    expect(asked.written).toEqual([]);
  },
);

test.each([get, remove, probe])(
  '$ask ends with the program that provides the keychain',
  async (question) => {
    const silent = new Promise<never>(() => {});
    const { platform, keytar, secretService } = provider({ entry: 's' });
    const ending = {
      platform,
      keytar: async () => ({
        ...(await keytar()),
        getPassword: () => silent,
        deletePassword: () => silent,
      }),
      secretService: async () => ({
        ...(await secretService()),
        unlock: () => silent,
        ended: Promise.resolve(),
      }),
    };
    expect(await answerQuestion(ending, question)).toEqual({ reason: 'ended' });
  },
);

test('a new secret replaces an older one in another database, which would be read', async () => {
  const asked = provider({ other: 'old' });
  const set: KeychainQuestion = { ask: 'set', account: 'a', secret: 'new' };
  expect(await answerQuestion(asked, set)).toEqual({ value: null });
  expect(await answerQuestion(asked, get)).toEqual({ value: 'new' });
});

test('a new secret that may not be read is not deleted again', async () => {
  const asked = provider({ withheld: true });
  const set: KeychainQuestion = { ask: 'set', account: 'a', secret: 'new' };
  expect(await answerQuestion(asked, set)).toEqual({ reason: 'other' });
  expect(asked.written).toEqual(['a']);
});

test.each([
  ["Cannot find module 'keytar'", 'no-library'],
  ['libsecret-1.so.0: cannot open shared object file: No such file or directory', 'no-library'],
  ['/tmp/n/keytar.node: failed to map segment from shared object', 'no-folder'],
  ["ENOSPC: no space left on device, open '/tmp/n/a.tmp'", 'no-folder'],
  ["EROFS: read-only file system, mkdtemp '/tmp/n'", 'no-folder'],
  ["ENOENT: no such file or directory, mkdtemp '/none/n'", 'no-folder'],
])('a keychain library that fails with %j is refused as %s', async (message, reason) => {
  const failing = {
    ...provider({}),
    keytar: async () => {
      throw new Error(message);
    },
  };
  expect(await answerQuestion(failing, { ask: 'probe' })).toEqual({ reason });
});
