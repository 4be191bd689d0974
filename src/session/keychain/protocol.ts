/** What the keychain is asked, one JSON text per line; the answer of each question is one line, too. */
export type KeychainQuestion =
  | { readonly ask: 'probe' }
  | { readonly ask: 'get' | 'delete'; readonly account: string }
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
  | 'denied'
  | 'timeout'
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
