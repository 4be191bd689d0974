import { AndFilter, type Client, EqualityFilter, OrFilter } from 'ldapts';
import { NubesError } from '../errors.ts';
import { readAttributes } from './attributes.ts';
import type { DirectorySettings } from './directory.ts';
import type { UserEntry } from './entry.ts';
import { codeOf, invalidSetting, noSuchGroup, sizeLimitExceeded } from './errors.ts';
import {
  dnOfSid,
  type GroupWalk,
  groupWalk,
  isInChain,
  type NestedMember,
  requireSearchable,
} from './nested-groups.ts';
import { isPrimaryGroup } from './primary-group.ts';
import { serverError } from './server-error.ts';
import { clean, commonName, normalizeDn } from './text.ts';

interface Member {
  readonly entry: UserEntry;
  readonly username: string;
}

/** What each question about a group needs. */
interface Inquiry extends Member {
  readonly client: Client;
  readonly url: string;
  /** Undefined: groups in groups are not followed. */
  readonly walk: GroupWalk | undefined;
}

/** Results of LDAP. */
const noSuchAttribute = 16;
const undefinedAttribute = 17;
const invalidSyntax = 21;

const groupClasses = ['groupOfNames', 'groupOfUniqueNames', 'posixGroup', 'group'];

/**
 * Checks the user against `allowed_groups` and `denied_groups`. Throws NOT_ALLOWED with the name of the
 * group, and CONFIGURATION for a group that does not exist: taken for empty, a misspelled denied group
 * would allow everyone.
 */
export async function checkGroups(
  client: Client,
  url: string,
  { allowedGroups, deniedGroups, nestedGroups }: DirectorySettings,
  member: Member,
): Promise<void> {
  const walk = nestedGroups ? groupWalk(client, url, nestedMember(member)) : undefined;
  const inquiry = { ...member, client, url, walk };
  for (const group of deniedGroups) {
    if (await isMember(inquiry, group)) {
      throw notAllowed(
        `${member.username} is in the group ${label(group)}, which may not use notebooks.`,
      );
    }
  }
  if (allowedGroups.length === 0) return;
  for (const group of allowedGroups) {
    if (await isMember(inquiry, group)) return;
  }
  const groups = allowedGroups.map(label).join(', ');
  throw notAllowed(
    allowedGroups.length === 1
      ? `${member.username} is not in the group ${groups}, which may use notebooks.`
      : `${member.username} is in none of the groups that may use notebooks: ${groups}.`,
  );
}

/** Which of `limitGroups` the user is in, and a warning for each about which LDAP does not say so. */
export async function limitGroupsOf(
  client: Client,
  url: string,
  { limitGroups = [], nestedGroups }: DirectorySettings,
  member: Member,
): Promise<{ readonly groups: readonly string[]; readonly warnings: readonly string[] }> {
  const walk = nestedGroups ? groupWalk(client, url, nestedMember(member)) : undefined;
  const groups: string[] = [];
  const warnings: string[] = [];
  for (const group of limitGroups) {
    try {
      if (await isMember({ ...member, client, url, walk }, group)) groups.push(group);
    } catch (error) {
      if (!(error instanceof NubesError) || error.code !== 'CONFIGURATION') throw error;
      warnings.push(
        `limits.by_group is not applied for the group ${label(group)}: ${error.message}`,
      );
    }
  }
  return { groups, warnings };
}

function nestedMember({ entry, username }: Member): NestedMember {
  const memberOf = entry.values('memberOf');
  return { dn: entry.dn, memberOf, username, gidNumbers: entry.values('gidNumber') };
}

async function isMember(inquiry: Inquiry, group: string): Promise<boolean> {
  const { client, url, entry } = inquiry;
  const memberOf = entry.values('memberOf');
  if (!group.includes('=')) {
    const name = group.trim().toLowerCase();
    if (memberOf.some((dn) => commonName(dn) === name)) return true;
    const groups = await findGroups(client, url, group, entry.dn);
    return some(groups, (dn) => isIn(inquiry, dn));
  }
  if (memberOf.some((dn) => normalizeDn(dn) === normalizeDn(group))) return true;
  return isIn(inquiry, group);
}

/** The groups with this cn below the suffix of the user's entry. */
async function findGroups(client: Client, url: string, cn: string, dn: string): Promise<string[]> {
  const isGroup = groupClasses.map(
    (value) => new EqualityFilter({ attribute: 'objectClass', value }),
  );
  const filter = new AndFilter({
    filters: [
      new EqualityFilter({ attribute: 'cn', value: cn }),
      new OrFilter({ filters: isGroup }),
    ],
  });
  const { searchEntries } = await client
    // With sizeLimit ldapts returns a part of the groups and does not say so.
    .search(suffixOf(dn), { scope: 'sub', filter, attributes: ['1.1'] })
    .catch((error: unknown) => {
      if (codeOf(error) === sizeLimitExceeded) throw tooManyGroups(cn);
      throw serverError(url, error);
    });
  if (searchEntries.length === 0) throw noSuchGroup(cn);
  return searchEntries.map((entry) => entry.dn);
}

async function isIn(inquiry: Inquiry, group: string): Promise<boolean> {
  const { client, url, entry, walk } = inquiry;
  const answer = await listsMember(inquiry, group);
  if (answer === 'member') return true;
  const sid = entry.primaryGroupSid();
  if (sid !== undefined) {
    if (await isPrimaryGroup(client, url, group, sid)) return true;
    if (walk === undefined) return false;
    const primary = await dnOfSid(client, url, suffixOf(entry.dn), sid);
    return isInChain(client, url, group, primary === undefined ? [entry.dn] : [entry.dn, primary]);
  }
  if (walk === undefined || answer === 'lists no DNs') return false;
  const dn = await requireSearchable(client, url, group);
  return (await walk(suffixOf(dn))).has(normalizeDn(dn));
}

/** A group that lists no DNs has no groups in it. */
async function listsMember(
  { client, url, entry, username }: Inquiry,
  group: string,
): Promise<'member' | 'lists others' | 'lists no DNs'> {
  const values = [
    ['member', entry.dn],
    ['uniqueMember', entry.dn],
    ['memberUid', username],
    // A posixGroup does not list those whose primary group it is.
    ...entry.values('gidNumber').map((id) => ['gidNumber', id] as const),
  ] as const;
  const answers = new Map<string, boolean | undefined>();
  for (const [attribute, value] of values) {
    const answer = await compare(client, url, group, attribute, value);
    if (answer) return 'member';
    answers.set(attribute, answer);
  }
  if (![...answers.values()].includes(false)) await checkIsGroup(client, url, group);
  const listsDns = answers.get('member') === false || answers.get('uniqueMember') === false;
  return listsDns ? 'lists others' : 'lists no DNs';
}

/** Undefined if the group or the server's schema has no such attribute. */
async function compare(
  client: Client,
  url: string,
  group: string,
  attribute: string,
  value: string,
): Promise<boolean | undefined> {
  try {
    return await client.compare(group, attribute, value);
  } catch (error) {
    const code = codeOf(error);
    if (code === noSuchAttribute || code === undefinedAttribute) return undefined;
    // No group can list such a user ID or number. One that cannot compare DNs has not said no.
    if (code === invalidSyntax && !/member$/i.test(attribute)) return undefined;
    if (code === 32) throw noSuchGroup(group);
    throw serverError(url, error);
  }
}

/** An entry without members is an empty group, or another kind of entry, such as an OU or a dynamic group. */
async function checkIsGroup(client: Client, url: string, group: string): Promise<void> {
  const entry = await readAttributes(client, url, group, ['objectClass']);
  if (entry === undefined) throw noSuchGroup(group);
  const classes = entry.texts('objectClass').map((name) => name.toLowerCase());
  if (groupClasses.some((name) => classes.includes(name.toLowerCase()))) return;
  throw invalidSetting(
    `${clean(group)} in the settings is not a group that lists its members.`,
    'check ldap.allowed_groups and ldap.denied_groups',
  );
}

async function some<Value>(
  values: readonly Value[],
  test: (value: Value) => Promise<boolean>,
): Promise<boolean> {
  for (const value of values) if (await test(value)) return true;
  return false;
}

/** `dc=lab,dc=test` for `uid=a,ou=people,dc=lab,dc=test`; the last part if there is no `dc`. */
function suffixOf(dn: string): string {
  return /(?:dc=[^,]+,)*dc=[^,]+$/i.exec(dn)?.[0] ?? dn.slice(dn.lastIndexOf(',') + 1);
}

function label(group: string): string {
  return clean(commonName(group) ?? group);
}

function tooManyGroups(name: string): NubesError {
  return invalidSetting(
    `LDAP has more groups of the name ${clean(name)} than the server returns at once.`,
    'write the full DN of the group in ldap.allowed_groups and ldap.denied_groups',
  );
}

function notAllowed(message: string): NubesError {
  return new NubesError('NOT_ALLOWED', message, { hint: 'ask your site for access' });
}
