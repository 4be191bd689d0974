/** Where the secret of a session is stored. `env` is read-only. */
export type StoreKind = 'keychain' | 'file' | 'env';

/**
 * Stores one secret per account. Throws KEYCHAIN_UNAVAILABLE if the store is missing, locked, slow or
 * denied; undefined always means that there is no entry.
 */
export interface SecretStore {
  readonly kind: StoreKind;
  /** `isKnown`: there was an entry, so the user may be asked to open whatever may hold it. */
  readonly get: (
    account: string,
    options?: { readonly isKnown?: boolean },
  ) => Promise<string | undefined>;
  readonly set: (account: string, secret: string) => Promise<void>;
  /** False if there was no entry. */
  readonly delete: (account: string) => Promise<boolean>;
  /** Verifies that the store is writable, before the user types a password. */
  readonly probe: () => Promise<void>;
}

/** Base URLs with their version segment (`…:8774/v2.1`), as found in the catalog at login. */
export interface Endpoints {
  readonly identity: string;
  readonly compute: string;
  readonly image: string;
  readonly network: string;
}

/** The tokens of the session. */
export interface Tokens {
  /** A token that is valid for at least two minutes; renewed if needed. */
  readonly current: () => Promise<string>;
  /**
   * A token newer than `refused`, for which a service returned 401. Throws SESSION_EXPIRED if there is no
   * credential to get one with.
   */
  readonly renew: (refused: string) => Promise<string>;
  /** The credential allows certain calls only: a 401 for a new token means that this one is not among them. */
  readonly accessRules: boolean;
}

/** A logged-in user of one project. */
export interface Session {
  readonly authUrl: string;
  readonly region: string | undefined;
  readonly user: { readonly id: string; readonly name: string; readonly domain: string };
  readonly project: { readonly id: string; readonly name: string };
  readonly roles: readonly string[];
  /** The groups of `limits.by_group` that the user was in at login. */
  readonly groups: readonly string[];
  /** How tokens are renewed: by application credential, or not at all (`token`). */
  readonly method: 'application_credential' | 'token';
  readonly credential: { readonly id: string; readonly name: string | undefined } | undefined;
  /** The credential allows certain calls only. */
  readonly accessRules: boolean;
  readonly store: StoreKind;
  /** When the login expires; undefined if the credential does not. */
  readonly expiresAt: Date | undefined;
  readonly endpoints: Endpoints;
  /** The range of Nova's microversions, such as `2.1` and `2.93`. */
  readonly computeVersions: { readonly minimum: string; readonly maximum: string };
  /** Keystone's clock, as far as it is known. */
  readonly now: () => Date;
  readonly tokens: Tokens;
  /** 32 bytes from which the Jupyter tokens of all notebooks are derived. */
  readonly rootSecret: () => Promise<Buffer>;
}
