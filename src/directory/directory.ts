/** The `[ldap]` section of the settings. */
export interface DirectorySettings {
  readonly urls: readonly string[];
  readonly tls: 'starttls' | 'ldaps' | 'insecure';
  readonly caFile: string | undefined;
  /** DNs with `{username}`, or for Active Directory `{username}@ad.example.org` and `DOMAIN\\{username}`; empty with `search`. */
  readonly bindDnTemplates: readonly string[];
  readonly search: SearchSettings | undefined;
  /** Where users are searched for as themselves, after a bind with a name that is not a DN; undefined: in their whole domain. */
  readonly ownBase: string | undefined;
  /** What may stand before `\\` or after `@` in a user ID as it is typed, besides the domains in the templates. */
  readonly domains: readonly string[];
  readonly allowedGroups: readonly string[];
  readonly deniedGroups: readonly string[];
  /** Whether members of a group in a group are members of both. */
  readonly nestedGroups: boolean;
  /** Groups of which only is asked whether the user is in them. */
  readonly limitGroups?: readonly string[];
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
  /** Those of `limitGroups` that the user is in. */
  readonly groups: readonly string[];
  /** Sentences, e.g. that the password expires soon. */
  readonly warnings: readonly string[];
}
