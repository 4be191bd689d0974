/** What the keychain is asked, one JSON text per line; the answer of each question is one line, too. */
export type KeychainQuestion =
  | { readonly ask: 'probe' }
  /** `isKnown`: there was an entry, so the user may be asked to open another collection that may hold it. */
  | { readonly ask: 'get'; readonly account: string; readonly isKnown: boolean }
  | { readonly ask: 'delete'; readonly account: string }
  | { readonly ask: 'set'; readonly account: string; readonly secret: string };

/** `get`: the secret or null; `delete`: whether there was an entry; otherwise null. */
export type KeychainValue = string | boolean | null;

export type KeychainAnswer =
  | { readonly value: KeychainValue }
  | { readonly reason: KeychainReason };

export type KeychainReason =
  | 'no-library'
  | 'no-folder'
  | 'no-session-bus'
  | 'no-provider'
  | 'locked'
  | 'not-unlocked'
  | 'unreadable'
  | 'not-deleted'
  | 'other-locked'
  | 'denied'
  | 'timeout'
  | 'ended'
  | 'too-large'
  | 'other';

/** Why the keychain cannot be used. */
export class KeychainRefusal extends Error {
  readonly reason: KeychainReason;

  constructor(reason: KeychainReason) {
    super(reason);
    this.reason = reason;
  }
}
