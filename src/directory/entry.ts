import { AndFilter, type Client, type Entry, EqualityFilter, FilterParser } from 'ldapts';
import type { DirectorySettings, SearchSettings } from './directory.ts';
import { codeOf, serverError, wrongPassword, wrongSetting } from './failure.ts';
import { clean, escapeDnValue, escapeFilterValue } from './text.ts';

/** A user's entry, its values as lists. */
export interface UserEntry {
  readonly dn: string;
  readonly values: (attribute: string) => string[];
}

/** Where the user's entry is. Throws LOGIN_REFUSED, as for a wrong password, when there is none. */
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
    throw wrongSetting('The [ldap] section needs bind_dn_template or search.');
  if (search.bindDn !== undefined) await bindReader(client, url, search.bindDn, searchPassword);
  return searchDn(client, url, search, username);
}

/** The entry as the logged-in user sees it. */
export async function readEntry(
  client: Client,
  url: string,
  dn: string,
  usernameAttribute: string,
): Promise<UserEntry> {
  const attributes = [usernameAttribute, 'memberOf'];
  const { searchEntries } = await client
    .search(dn, { scope: 'base', filter: '(objectClass=*)', attributes, sizeLimit: 2 })
    .catch((error: unknown) => {
      throw serverError(url, error);
    });
  const [entry] = searchEntries;
  if (entry === undefined) throw wrongSetting(`LDAP does not let ${clean(dn)} read its own entry.`);
  return { dn: entry.dn, values: (attribute) => valuesOf(entry, attribute) };
}

/** The name in the entry, which need not be what was typed: servers match `ALICE` and `alice` alike. */
export function canonicalName(entry: UserEntry, attribute: string, typed: string): string {
  const names = entry.values(attribute);
  const [first] = names;
  if (names.length === 1 && first !== undefined) return first;
  const same = names.find((name) => name.toLowerCase() === typed.toLowerCase());
  if (same !== undefined) return same;
  const found = names.length === 0 ? 'has none' : 'has several';
  throw wrongSetting(
    `The user name is read from the LDAP attribute ${attribute}, and the entry ${found}.`,
    'set ldap.username_attribute',
  );
}

function fillTemplate(template: string, username: string): string {
  if (!template.includes('{username}') || !template.includes('=')) {
    throw wrongSetting(
      'ldap.bind_dn_template must be a DN with {username} in it.',
      'e.g. uid={username},ou=people,dc=example,dc=org',
    );
  }
  return template.replaceAll('{username}', () => escapeDnValue(username));
}

async function bindReader(
  client: Client,
  url: string,
  dn: string,
  password: string | undefined,
): Promise<void> {
  const hint = 'its password is read from NUBES_NB_LDAP_SEARCH_PASSWORD';
  if (!dn.includes('=')) throw wrongSetting('ldap.search.bind_dn must be a DN.');
  if (password === undefined || password.trim() === '') {
    throw wrongSetting(`LDAP is searched as ${clean(dn)}, which needs a password.`, hint);
  }
  try {
    await client.bind(dn, password);
  } catch (error) {
    if (codeOf(error) !== 49) throw serverError(url, error);
    throw wrongSetting(`The LDAP server refuses the search account ${clean(dn)}.`, hint);
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
    // Two are asked for so that a name with more than one entry is seen.
    .search(search.base, { scope: 'sub', filter, attributes: ['1.1'], sizeLimit: 2 })
    .catch((error: unknown) => {
      if (codeOf(error) === 4) throw ambiguous(username);
      throw serverError(url, error);
    });
  const [entry, another] = searchEntries;
  if (entry === undefined) throw wrongPassword();
  if (another !== undefined) throw ambiguous(username);
  return entry.dn;
}

function userFilter({ attribute, filter }: SearchSettings, username: string) {
  const isUser = new EqualityFilter({ attribute, value: username });
  if (filter === undefined) return isUser;
  try {
    const condition = filter.replaceAll('{username}', () => escapeFilterValue(username));
    return new AndFilter({ filters: [isUser, FilterParser.parseString(condition)] });
  } catch {
    throw wrongSetting('ldap.search.filter is not a valid LDAP filter.');
  }
}

function ambiguous(username: string) {
  return wrongSetting(
    `LDAP has more than one entry for ${username}.`,
    'narrow ldap.search.base or ldap.search.filter',
  );
}

// ldapts gives one value as a string, several as a list, none as an empty list.
function valuesOf(entry: Entry, attribute: string): string[] {
  const key = Object.keys(entry).find((name) => name.toLowerCase() === attribute.toLowerCase());
  const value = key === undefined ? [] : entry[key];
  const list = Array.isArray(value) ? value : [value];
  return list.filter((each) => typeof each === 'string');
}
