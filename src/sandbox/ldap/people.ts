/** A person of the sandbox. The passwords are not secret: `sandbox start` prints them. */
export interface Person {
  readonly name: string;
  readonly fullName: string;
  readonly password: string;
}

export interface Group {
  readonly name: string;
  readonly members: readonly string[];
}

/** carol's password needs quoting everywhere, dave is suspended, erin has no project, quinn a small quota. */
export const people: readonly Person[] = [
  { name: 'alice', fullName: 'Alice Archer', password: 'alice-in-the-sandbox' },
  { name: 'bob', fullName: 'Bob Baker', password: 'bob-in-the-sandbox' },
  { name: 'carol', fullName: 'Carol Ångström-Ñúñez', password: 'p a$s "w\'örd" \\ 日本 `x`' },
  { name: 'dave', fullName: 'Dave Suspended', password: 'dave-in-the-sandbox' },
  { name: 'erin', fullName: 'Erin Noproject', password: 'erin-in-the-sandbox' },
  { name: 'quinn', fullName: 'Quinn Smallquota', password: 'quinn-in-the-sandbox' },
];

export const groups: readonly Group[] = [
  { name: 'nubes-users', members: ['alice', 'bob', 'carol', 'dave'] },
  { name: 'suspended', members: ['dave'] },
];

/** The account that may search for people, for sites without a bind template. */
export const searchAccount = { name: 'svc-search', password: 'search-in-the-sandbox' } as const;

export const suffix = 'dc=nubes,dc=test';
export const peopleBase = `ou=people,${suffix}`;
export const groupsBase = `ou=groups,${suffix}`;
export const searchAccountDn = `cn=${searchAccount.name},ou=services,${suffix}`;

export function personDn(name: string): string {
  return `uid=${name},${peopleBase}`;
}

export function groupDn(name: string): string {
  return `cn=${name},${groupsBase}`;
}
