import type { Client } from 'ldapts';
import { readAttributes } from './attributes.ts';
import { invalidSetting } from './errors.ts';
import { primaryGroupAttributes, primaryGroupSid } from './primary-group.ts';
import { clean } from './text.ts';

export interface UserEntry {
  readonly dn: string;
  readonly values: (attribute: string) => string[];
  /** In Active Directory. */
  readonly primaryGroupSid: () => string | undefined;
}

/** The user's entry, read as the user. */
export async function readEntry(
  client: Client,
  url: string,
  dn: string,
  usernameAttribute: string,
): Promise<UserEntry> {
  const attributes = [usernameAttribute, 'memberOf', 'gidNumber', ...primaryGroupAttributes];
  const entry = await readAttributes(client, url, dn, attributes);
  if (entry === undefined)
    throw invalidSetting(
      `LDAP does not let ${clean(dn)} read its own entry.`,
      'ask your site to let users read their own entries, which name their groups',
    );
  return { dn: entry.dn, values: entry.texts, primaryGroupSid: () => primaryGroupSid(entry) };
}

/** The name in the entry; servers ignore case, so it may differ from the typed name. */
export function canonicalName(entry: UserEntry, attribute: string, typedName: string): string {
  const names = entry.values(attribute);
  const [first] = names;
  if (names.length === 1 && first !== undefined) return first;
  const match = names.find((name) => name.toLowerCase() === typedName.toLowerCase());
  if (match !== undefined) return match;
  const count = names.length === 0 ? 'no value' : 'several values';
  throw invalidSetting(
    `The user's LDAP entry has ${count} of ${attribute}, from which the user name is read.`,
    'set ldap.username_attribute',
  );
}
