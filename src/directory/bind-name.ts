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
  const unknown: string[] = [];
  for (const dn of dns) {
    const visibility = await visibilityOf(client, url, dn);
    if (visibility === 'shown') found.push(dn);
    if (visibility !== 'hidden') continue;
    // 389 Directory Server answers alike for an entry that does not exist.
    const isEvidence = (await visibilityOf(client, url, absentBeside(dn))) !== 'hidden';
    (isEvidence ? found : unknown).push(dn);
  }
  const [dn, second] = found;
  if (second !== undefined) {
    const hint = 'find users by [ldap.search] with a filter, instead of ldap.bind_dn_template';
    throw ambiguousUser(username, hint);
  }
  if (dn !== undefined) return dn;
  for (const each of dns) {
    const place = parentOf(each);
    const isAbsent = unknown.includes(each)
      ? await showsEntries(client, url, place)
      : await reportsAbsence(client, url, place);
    if (!isAbsent) throw cannotChoose(url, dns.length);
  }
  throw wrongPassword();
}

/** The DN of an entry that does not exist, in the same place. */
function absentBeside(dn: string): string {
  return `${dn.slice(0, dn.indexOf('='))}=nubes-nb-absent,${parentOf(dn)}`;
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
  return visibility === 'hidden' || (visibility === 'shown' && hasVisibleChild(client, url, dn));
}

/** Whether entries below this one are shown if they exist. */
async function showsEntries(client: Client, url: string, dn: string): Promise<boolean> {
  return (await visibilityOf(client, url, dn)) === 'shown' && hasVisibleChild(client, url, dn);
}

async function hasVisibleChild(client: Client, url: string, dn: string): Promise<boolean> {
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
