import type { Client } from 'ldapts';
import type { DirectorySettings } from './directory.ts';
import {
  ambiguousUser,
  codeOf,
  insufficientAccess,
  invalidSetting,
  noSuchObject,
  wrongPassword,
} from './errors.ts';
import { serverError } from './server-error.ts';
import { clean, parentOf } from './text.ts';
import type { TypedName } from './typed-name.ts';
import { searchDn } from './user-search.ts';

/**
 * The one name that is bound with the password: a DN, or a principal of Active Directory. Throws LOGIN_REFUSED, as for
 * a wrong password, if LDAP shows that there is no such user, and CONFIGURATION if it does not show which DN exists.
 */
export async function findBindName(
  client: Client,
  url: string,
  { search }: DirectorySettings,
  { username, dns, principal }: TypedName,
  searchPassword: string | undefined,
): Promise<string> {
  if (principal !== undefined) return principal;
  const [dn, second] = dns;
  if (dn !== undefined && second === undefined) return dn;
  if (dn !== undefined) return existingDn(client, url, dns, username);
  if (search !== undefined) return searchDn(client, url, search, username, searchPassword);
  throw invalidSetting('The [ldap] section needs bind_dn_template or search.');
}

/** By reading each entry before the bind: a bind with each DN in turn would count as several failed attempts. */
async function existingDn(
  client: Client,
  url: string,
  dns: readonly string[],
  username: string,
): Promise<string> {
  const found: string[] = [];
  for (const dn of dns) if ((await visibilityOf(client, url, dn)) !== 'absent') found.push(dn);
  const [dn, second] = found;
  if (second !== undefined) {
    const hint = 'find users by [ldap.search] with a filter, instead of ldap.bind_dn_template';
    throw ambiguousUser(username, hint);
  }
  if (dn !== undefined) return dn;
  for (const each of dns) {
    if (!(await reportsAbsence(client, url, parentOf(each)))) throw cannotChoose(url, dns.length);
  }
  throw wrongPassword();
}

/** A server that knows an entry and does not show it returns no entry or result 50, and some return 32 as for no entry. */
async function visibilityOf(
  client: Client,
  url: string,
  dn: string,
): Promise<'shown' | 'hidden' | 'absent'> {
  try {
    const { searchEntries } = await client.search(dn, {
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['1.1'],
    });
    return searchEntries.length > 0 ? 'shown' : 'hidden';
  } catch (error) {
    if (codeOf(error) === noSuchObject) return 'absent';
    if (codeOf(error) === insufficientAccess) return 'hidden';
    throw serverError(url, error);
  }
}

/** Whether an entry below this one is really absent if the server says so: it shows others there, or hides them in another way. */
async function reportsAbsence(client: Client, url: string, dn: string): Promise<boolean> {
  const visibility = await visibilityOf(client, url, dn);
  if (visibility !== 'shown') return visibility === 'hidden';
  const { searchEntries } = await client
    .search(dn, { scope: 'one', filter: '(objectClass=*)', attributes: ['1.1'], sizeLimit: 1 })
    .catch((error: unknown) => {
      throw serverError(url, error);
    });
  return searchEntries.length > 0;
}

function cannotChoose(url: string, count: number) {
  return invalidSetting(
    `The LDAP server ${clean(url)} does not show, before the login, in which of the ${count} places of ldap.bind_dn_template a user is, and the password is tried in one only.`,
    'find users by [ldap.search], with bind_dn if a search needs a login',
  );
}
