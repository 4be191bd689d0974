import { AndFilter, type Client, EqualityFilter, FilterParser } from 'ldapts';
import { readAttributes } from './attributes.ts';
import type { DirectorySettings, SearchSettings } from './directory.ts';
import { codeOf, invalidSetting, sizeLimitExceeded, wrongPassword } from './errors.ts';
import { primaryGroupAttributes, primaryGroupSid } from './primary-group.ts';
import { searchBindError, serverError } from './server-error.ts';
import { clean, escapeDnValue, escapeFilterValue } from './text.ts';

export interface UserEntry {
  readonly dn: string;
  readonly values: (attribute: string) => string[];
  /** In Active Directory. */
  readonly primaryGroupSid: () => string | undefined;
}

/** The DN of the user's entry. Throws LOGIN_REFUSED, as for a wrong password, if there is none. */
export async function findDn(
  client: Client,
  url: string,
  settings: DirectorySettings,
  username: string,
  searchPassword: string | undefined,
): Promise<string> {
  const { bindDnTemplate, search } = settings;
  if (bindDnTemplate !== undefined) return fillTemplate(bindDnTemplate, username);
  if (search === undefined)
    throw invalidSetting('The [ldap] section needs bind_dn_template or search.');
  if (search.bindDn !== undefined)
    await bindSearchAccount(client, url, search.bindDn, searchPassword);
  return searchDn(client, url, search, username);
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

function fillTemplate(template: string, username: string): string {
  if (!template.includes('{username}') || !template.includes('=')) {
    throw invalidSetting(
      'ldap.bind_dn_template must be a DN with {username} in it.',
      'e.g. uid={username},ou=people,dc=example,dc=org',
    );
  }
  return template.replaceAll('{username}', () => escapeDnValue(username));
}

async function bindSearchAccount(
  client: Client,
  url: string,
  dn: string,
  password: string | undefined,
): Promise<void> {
  if (!dn.includes('=')) throw invalidSetting('ldap.search.bind_dn must be a DN.');
  if (password === undefined || password.trim() === '') {
    throw invalidSetting(
      `LDAP is searched as ${clean(dn)}, which needs a password.`,
      'its password is read from NUBES_NB_LDAP_SEARCH_PASSWORD',
    );
  }
  try {
    await client.bind(dn, password);
  } catch (error) {
    throw searchBindError(url, dn, error);
  }
}

async function searchDn(
  client: Client,
  url: string,
  search: SearchSettings,
  username: string,
): Promise<string> {
  const filter = userFilter(search, username);
  const { searchEntries } = await client
    // With sizeLimit ldapts returns a part of the entries and does not say so.
    .search(search.base, { scope: 'sub', filter, attributes: ['1.1'] })
    .catch((error: unknown) => {
      if (codeOf(error) === sizeLimitExceeded) throw ambiguous(username);
      throw serverError(url, error);
    });
  const [entry, second] = searchEntries;
  if (entry === undefined) {
    if (search.bindDn === undefined) await checkAnonymous(client, url, search.base);
    throw wrongPassword();
  }
  if (second !== undefined) throw ambiguous(username);
  return entry.dn;
}

/** 389 Directory Server answers a search that it does not permit with no entries, as for an unknown user. */
async function checkAnonymous(client: Client, url: string, base: string): Promise<void> {
  if (await readAttributes(client, url, base, ['1.1'])) return;
  throw invalidSetting(
    `LDAP shows ${clean(base)} only to those who are logged in.`,
    'set ldap.search.bind_dn',
  );
}

function userFilter({ attribute, filter }: SearchSettings, username: string) {
  const isUser = new EqualityFilter({ attribute, value: username });
  if (filter === undefined) return isUser;
  try {
    const condition = filter.replaceAll('{username}', () => escapeFilterValue(username));
    return new AndFilter({ filters: [isUser, FilterParser.parseString(condition)] });
  } catch {
    throw invalidSetting('ldap.search.filter is not a valid LDAP filter.');
  }
}

function ambiguous(username: string) {
  return invalidSetting(
    `LDAP has more than one entry for ${username}.`,
    'narrow ldap.search.base or ldap.search.filter',
  );
}
