import { AndFilter, type Client, EqualityFilter, FilterParser } from 'ldapts';
import { readAttributes } from './attributes.ts';
import type { SearchSettings } from './directory.ts';
import {
  ambiguousUser,
  codeOf,
  invalidSetting,
  sizeLimitExceeded,
  wrongPassword,
} from './errors.ts';
import { searchBindError, serverError } from './server-error.ts';
import { clean, escapeFilterValue } from './text.ts';

const narrow = 'narrow ldap.search.base or ldap.search.filter';

/** The DN of the user's entry. Throws LOGIN_REFUSED, as for a wrong password, if there is none. */
export async function searchDn(
  client: Client,
  url: string,
  search: SearchSettings,
  username: string,
  searchPassword: string | undefined,
): Promise<string> {
  if (search.bindDn !== undefined) {
    await bindSearchAccount(client, url, search.bindDn, searchPassword);
  }
  const filter = userFilter(search, username);
  const { searchEntries } = await client
    // With sizeLimit ldapts returns a part of the entries and does not say so.
    .search(search.base, { scope: 'sub', filter, attributes: ['1.1'] })
    .catch((error: unknown) => {
      if (codeOf(error) === sizeLimitExceeded) throw ambiguousUser(username, narrow);
      throw serverError(url, error);
    });
  const [entry, second] = searchEntries;
  if (entry === undefined) {
    if (search.bindDn === undefined) await checkAnonymous(client, url, search.base);
    throw wrongPassword();
  }
  if (second !== undefined) throw ambiguousUser(username, narrow);
  return entry.dn;
}

async function bindSearchAccount(
  client: Client,
  url: string,
  dn: string,
  password: string | undefined,
): Promise<void> {
  // ldapts takes a bare word for the name of a SASL mechanism.
  if (!/[=@\\]/.test(dn)) throw invalidSetting('ldap.search.bind_dn must be a DN.');
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
    return new AndFilter({
      filters: [isUser, FilterParser.parseString(withCharacters(condition))],
    });
  } catch {
    throw invalidSetting(
      'ldap.search.filter is not an LDAP filter that can be sent.',
      'in it attributes have names without options, and values are UTF-8: (cn=alice)',
    );
  }
}

/** ldapts sends a character for each escaped byte, which is right for ASCII only. Throws if the bytes are not UTF-8. */
function withCharacters(filter: string): string {
  return filter.replace(/(?:\\[89a-f][0-9a-f])+/gi, (bytes) =>
    new TextDecoder('utf-8', { fatal: true }).decode(
      Buffer.from(bytes.replaceAll('\\', ''), 'hex'),
    ),
  );
}
