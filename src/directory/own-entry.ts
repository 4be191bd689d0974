import { AndFilter, type Client, EqualityFilter } from 'ldapts';
import { type Attributes, attributesOf, readAttributes } from './attributes.ts';
import { invalidSetting } from './errors.ts';
import { serverError } from './server-error.ts';
import { clean } from './text.ts';

/**
 * The DN of the user who is logged in by a principal, found as the user: by userPrincipalName, which Active Directory
 * tries first, then by sAMAccountName. The entry must be that of the login's own security identifier.
 */
export async function findOwnDn(
  client: Client,
  url: string,
  ownBase: string | undefined,
  { principal, username }: { readonly principal: string; readonly username: string },
): Promise<string> {
  const root = await readAttributes(client, url, '', ['defaultNamingContext', 'tokenGroups']);
  const base = ownBase ?? root?.texts('defaultNamingContext')[0];
  if (base === undefined || root === undefined) {
    throw invalidSetting(
      `The LDAP server ${clean(url)} names no domain in which ${clean(principal)} could be searched for.`,
      'set ldap.search.base',
    );
  }
  // Those of the user and of all groups.
  const identifiers = new Set(root.bytes('tokenGroups').map((sid) => sid.toString('hex')));
  const isOwn = (entry: Attributes) =>
    entry.bytes('objectSid').some((sid) => identifiers.has(sid.toString('hex')));
  for (const [attribute, value] of [
    ['userPrincipalName', principal],
    ['sAMAccountName', username],
  ] as const) {
    const entries = await searchUsers(client, url, base, attribute, value);
    const own = entries.find(isOwn);
    if (own !== undefined) return own.dn;
  }
  throw invalidSetting(
    `${clean(principal)} is logged in, but LDAP does not show the user's entry below ${clean(base)}.`,
    'check ldap.search.base, and that users may read objectSid',
  );
}

async function searchUsers(
  client: Client,
  url: string,
  base: string,
  attribute: string,
  value: string,
): Promise<Attributes[]> {
  const filter = new AndFilter({
    filters: [
      new EqualityFilter({ attribute: 'objectClass', value: 'user' }),
      new EqualityFilter({ attribute, value }),
    ],
  });
  const { searchEntries } = await client
    .search(base, { scope: 'sub', filter, attributes: ['objectSid'] })
    .catch((error: unknown) => {
      throw serverError(url, error);
    });
  return searchEntries.map(attributesOf);
}
