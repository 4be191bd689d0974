/** The `[ldap]` section of the settings. */
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
  /** Of the whole login. */
  readonly timeoutMs: number;
}

export interface SearchSettings {
  readonly base: string;
  readonly attribute: string;
  readonly filter: string | undefined;
  readonly bindDn: string | undefined;
}

export interface AuthenticatedUser {
  /** The name in the LDAP entry, which may differ from the name in the login. */
  readonly username: string;
  /** Sentences, e.g. that the password expires soon. */
  readonly warnings: readonly string[];
}
