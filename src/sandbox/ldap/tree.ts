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

/** One entry. Values are not normalized; `password` is never an attribute. */
export interface Entry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly password?: string;
}

/** Entries by their normalized DN. */
export type Tree = ReadonlyMap<string, Entry>;

/** Sent only on request. OpenLDAP's memberof overlay makes memberOf an operational attribute. */
export const operationalAttributes: readonly string[] = [
  ...['memberOf', 'namingContexts', 'supportedLDAPVersion'],
];

/** What the server says about itself, also without a bind. */
export const rootDse: Entry = {
  dn: '',
  attributes: {
    objectClass: ['top', 'OpenLDAProotDSE'],
    namingContexts: [suffix],
    supportedLDAPVersion: ['3'],
  },
};

/** Attributes whose values are DNs and compared as DNs. */
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
 * Normalizes a DN as the server does: ignores case, spaces and Unicode compatibility variants. Decodes
 * `\hh` above ASCII only, so that an escaped comma does not become a separator.
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

/** Normalizes a directory string as caseIgnoreMatch does. */
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
