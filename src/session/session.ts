/** Where the secret of a session is kept. `env` is read-only. */
export type StoreKind = 'keychain' | 'file' | 'env';

/**
 * Keeps one secret text per account. Throws NubesError KEYCHAIN_UNAVAILABLE when the place cannot be
 * used (absent, locked, slow, denied), which is never the same as "nothing there" (undefined).
 */
export interface SecretStore {
  readonly kind: StoreKind;
  readonly get: (account: string) => Promise<string | undefined>;
  readonly set: (account: string, secret: string) => Promise<void>;
  /** False when there was nothing. */
  readonly delete: (account: string) => Promise<boolean>;
  /** Proves that the store can be written, before anybody types a password. */
  readonly probe: () => Promise<void>;
}

/** Base URLs with their version segment (`…:8774/v2.1`), as found in the catalog at login. */
export interface Endpoints {
  readonly identity: string;
  readonly compute: string;
  readonly image: string;
  readonly network: string;
}

/** Hands out tokens for the session. */
export interface Tokens {
  /** A token with at least two minutes to live; renews silently (single flight). */
  readonly current: () => Promise<string>;
  /**
   * A token newer than `refused`, which a service answered with 401. Throws SESSION_EXPIRED with the
   * hint `nubes-nb login` when there is no way to get one.
   */
  readonly renew: (refused: string) => Promise<string>;
}

/** A logged-in user of one project. */
export interface Session {
  readonly authUrl: string;
  readonly region: string | undefined;
  readonly user: { readonly id: string; readonly name: string; readonly domain: string };
  readonly project: { readonly id: string; readonly name: string };
  readonly roles: readonly string[];
  /** How new tokens are had: an application credential, or not at all (`token`). */
  readonly method: 'application_credential' | 'token';
  readonly credential: { readonly id: string; readonly name: string | undefined } | undefined;
  readonly store: StoreKind;
  /** When the login ends; undefined when the credential never does. */
  readonly expiresAt: Date | undefined;
  readonly endpoints: Endpoints;
  /** Nova's highest and lowest microversion, e.g. `2.93` and `2.1`. */
  readonly computeVersions: { readonly minimum: string; readonly maximum: string };
  readonly tokens: Tokens;
  /** 32 bytes from which every notebook's Jupyter token is derived. */
  readonly rootSecret: () => Promise<Buffer>;
}
