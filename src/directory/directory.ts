/**
 * How the site's LDAP is reached and who may log in. The shape of the `[ldap]` section; `timeout` is
 * the whole login's time in milliseconds.
 */
export interface DirectorySettings {
  readonly urls: readonly string[];
  readonly tls: 'starttls' | 'ldaps' | 'insecure';
  readonly caFile: string | undefined;
  readonly bindDnTemplate: string | undefined;
  readonly search: SearchSettings | undefined;
  readonly allowedGroups: readonly string[];
  readonly deniedGroups: readonly string[];
  readonly usernameAttribute: string;
  readonly usernamePattern: string;
  readonly timeout: number;
}

export interface SearchSettings {
  readonly base: string;
  readonly attribute: string;
  readonly filter: string | undefined;
  readonly bindDn: string | undefined;
}

/** Who LDAP says the user is. */
export interface Person {
  /** The name in the entry itself, which need not be the name that was typed. */
  readonly username: string;
  /** What the user should know though the login is good: sentences. */
  readonly warnings: readonly string[];
}
