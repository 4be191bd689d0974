import {
  AndFilter,
  type Client,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  OrFilter,
  PresenceFilter,
} from 'ldapts';
import { codeOf, invalidSetting, sizeLimitExceeded } from './errors.ts';
import { serverError } from './server-error.ts';
import { clean, normalizeDn } from './text.ts';

/** Active Directory's LDAP_MATCHING_RULE_IN_CHAIN: follows groups in groups on the server. */
const inChain = '1.2.840.113556.1.4.1941';

/** The walk ends with an error beyond these, never with a no. */
const maxDepth = 10;
const maxGroups = 1_000;
/** The DNs that one search asks for. */
const dnsPerSearch = 50;

/** Those whose values are DNs, so that groups may be among them. */
const memberAttributes = ['member', 'uniqueMember'];

/** Whether Active Directory has one of the DNs in the group, in a group of the group, and so on. */
export async function isInChain(
  client: Client,
  url: string,
  group: string,
  dns: readonly string[],
): Promise<boolean> {
  const filter = new OrFilter({
    filters: dns.map(
      (value) => new ExtensibleFilter({ matchType: 'member', rule: inChain, value }),
    ),
  });
  return (await searchGroups(client, url, group, filter, 'base')).length > 0;
}

/** A member as groups name it. */
export interface NestedMember {
  readonly dn: string;
  readonly memberOf: readonly string[];
  readonly username: string;
  readonly gidNumbers: readonly string[];
}

/** The normalized DNs of the groups that contain the user, directly or through others, by search base. */
export type GroupWalk = (base: string) => Promise<ReadonlySet<string>>;

/** Walks from the user's groups upwards, once for each search base. */
export function groupWalk(client: Client, url: string, member: NestedMember): GroupWalk {
  const walks = new Map<string, Promise<ReadonlySet<string>>>();
  return (base) => {
    const walk = walks.get(normalizeDn(base)) ?? walkUp(client, url, base, member);
    walks.set(normalizeDn(base), walk);
    return walk;
  };
}

/**
 * The DN of a group as the server writes it, if the user may search for its members: without that right the walk finds
 * nothing, which is not a no.
 */
export async function requireSearchable(
  client: Client,
  url: string,
  group: string,
): Promise<string> {
  const filter = new OrFilter({
    filters: memberAttributes.map((attribute) => new PresenceFilter({ attribute })),
  });
  const [dn] = await searchGroups(client, url, group, filter, 'base');
  if (dn !== undefined) return dn;
  throw invalidSetting(
    `LDAP does not let users search for the members of ${clean(group)}, so groups in it cannot be followed.`,
    'let users search member and uniqueMember, or set ldap.nested_groups = false',
  );
}

async function walkUp(
  client: Client,
  url: string,
  base: string,
  member: NestedMember,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let next: readonly string[] = [
    ...member.memberOf,
    ...(await searchGroups(client, url, base, directFilter(member))),
  ];
  for (let depth = 1; next.length > 0; depth += 1) {
    for (const dn of next) found.add(normalizeDn(dn));
    if (depth > maxDepth || found.size > maxGroups) throw tooDeep();
    const above = await groupsAbove(client, url, base, next);
    next = above.filter((dn) => !found.has(normalizeDn(dn)));
  }
  return found;
}

async function groupsAbove(
  client: Client,
  url: string,
  base: string,
  dns: readonly string[],
): Promise<string[]> {
  const above: string[] = [];
  for (let at = 0; at < dns.length; at += dnsPerSearch) {
    const filters = dns.slice(at, at + dnsPerSearch).flatMap(listing);
    above.push(...(await searchGroups(client, url, base, new OrFilter({ filters }))));
  }
  return above;
}

function directFilter({ dn, username, gidNumbers }: NestedMember): OrFilter {
  const equals = (attribute: string, value: string) => new EqualityFilter({ attribute, value });
  // A posixGroup does not list those whose primary group it is.
  const primary = gidNumbers.map(
    (id) =>
      new AndFilter({ filters: [equals('objectClass', 'posixGroup'), equals('gidNumber', id)] }),
  );
  return new OrFilter({ filters: [...listing(dn), equals('memberUid', username), ...primary] });
}

function listing(value: string): EqualityFilter[] {
  return memberAttributes.map((attribute) => new EqualityFilter({ attribute, value }));
}

async function searchGroups(
  client: Client,
  url: string,
  base: string,
  filter: Filter,
  scope: 'base' | 'sub' = 'sub',
): Promise<string[]> {
  const { searchEntries } = await client
    // With sizeLimit ldapts returns a part of the groups and does not say so.
    .search(base, { scope, filter, attributes: ['1.1'] })
    .catch((error: unknown) => {
      if (codeOf(error) === sizeLimitExceeded) throw tooDeep();
      throw serverError(url, error);
    });
  return searchEntries.map((entry) => entry.dn);
}

/** The DN of the entry with this security identifier, which Active Directory also compares as text. */
export async function dnOfSid(
  client: Client,
  url: string,
  base: string,
  sid: string,
): Promise<string | undefined> {
  const filter = new EqualityFilter({ attribute: 'objectSid', value: sid });
  return (await searchGroups(client, url, base, filter))[0];
}

function tooDeep() {
  return invalidSetting(
    `LDAP has more groups in groups than are followed: ${maxDepth} levels and ${maxGroups} groups.`,
    'set ldap.nested_groups = false, and list the groups themselves in ldap.allowed_groups and ldap.denied_groups',
  );
}
