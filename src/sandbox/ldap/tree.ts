import {
  type Group,
  groupDn,
  type Person,
  peopleBase,
  personDn,
  searchAccount,
  searchAccountDn,
  suffix,
} from './people.ts';

/** One entry. Values are kept as written; `password` is never among the attributes. */
export interface Entry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly password?: string;
}

/** Entries by their normalized DN. */
export type Tree = ReadonlyMap<string, Entry>;

/** OpenLDAP's memberof overlay keeps it as an operational attribute: only sent when asked for. */
export const operationalAttributes: readonly string[] = ['memberOf'];

/** Attributes whose values are DNs and match as such. */
export const dnAttributes: readonly string[] = ['member', 'memberof'];

export function buildTree(people: readonly Person[], groups: readonly Group[]): Tree {
  const entries: Entry[] = [
    { dn: suffix, attributes: { objectClass: ['dcObject', 'organization'], dc: ['nubes'] } },
    ...['people', 'groups', 'services'].map(organizationalUnit),
    {
      dn: searchAccountDn,
      attributes: { objectClass: ['applicationProcess'], cn: [searchAccount.name] },
      password: searchAccount.password,
    },
    ...people.map((person) => personEntry(person, groups)),
    ...groups.map(groupEntry),
  ];
  return new Map(entries.map((entry) => [normalizeDn(entry.dn), entry]));
}

/**
 * A DN as the server compares it: case, spaces and compatible characters do not count. Bytes above
 * ASCII may be written as `\hh`; escaped ASCII stays escaped, so that a comma in a value is none.
 */
export function normalizeDn(dn: string): string {
  return normalizeValue(
    dn
      .replace(/(?:\\[89a-f][0-9a-f])+/gi, (hex) =>
        Buffer.from(hex.replaceAll('\\', ''), 'hex').toString('utf8'),
      )
      .replace(/\s*(?<!\\),\s*/g, ',')
      .replace(/\s*=\s*/g, '='),
  );
}

/** A directory string as caseIgnoreMatch sees it. */
export function normalizeValue(value: string): string {
  return value.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
}

function organizationalUnit(name: string): Entry {
  return {
    dn: `ou=${name},${suffix}`,
    attributes: { objectClass: ['organizationalUnit'], ou: [name] },
  };
}

function personEntry(person: Person, groups: readonly Group[]): Entry {
  const memberOf = groups
    .filter(({ members }) => members.includes(person.name))
    .map(({ name }) => groupDn(name));
  return {
    dn: `uid=${person.name},${peopleBase}`,
    attributes: {
      objectClass: ['inetOrgPerson'],
      uid: [person.name],
      cn: [person.fullName],
      sn: [person.fullName.split(' ').at(-1) ?? person.fullName],
      mail: [`${person.name}@nubes.test`],
      ...(memberOf.length > 0 ? { memberOf } : {}),
    },
    password: person.password,
  };
}

function groupEntry({ name, members }: Group): Entry {
  return {
    dn: groupDn(name),
    attributes: { objectClass: ['groupOfNames'], cn: [name], member: members.map(personDn) },
  };
}
