import { hexId, ldapUserId } from './ids.ts';

/** A person (or service account) whom Keystone knows. */
export interface Person {
  readonly name: string;
  readonly password: string;
  /** `stfc` is the LDAP domain. */
  readonly domain: string;
  /** 64 hexadecimal digits in the LDAP domain. */
  readonly id: string;
  readonly projects: readonly Membership[];
}

export interface Membership {
  readonly name: string;
  readonly roles: readonly string[];
}

/** What a project may hold; -1 is "no limit". */
export interface Quota {
  readonly instances: number;
  readonly cores: number;
  /** MiB. */
  readonly ram: number;
  readonly securityGroups: number;
  readonly floatingIps: number;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly quota: Quota;
}

export const ldapDomain = 'stfc';

export const usualQuota: Quota = {
  instances: 10,
  cores: 20,
  ram: 51_200,
  securityGroups: 10,
  floatingIps: 50,
};

/** The people of the real lab, so that the same tests run on both. */
export function defaultPeople(): readonly Person[] {
  const shared = [{ name: 'jupyter-notebooks', roles: ['member', 'reader'] }];
  const lpd = { name: 'lpd', roles: ['member', 'reader'] };
  return [
    person('alice', 'alice-pw-1', shared),
    person('bob', 'bob-pw-2', [lpd, ...shared]),
    person('carol', ` it's "C:\\$HOME" \`id\` パスワード `, shared),
    person('dave', 'dave-pw-4', shared),
    person('erin', 'erin-pw-5', []),
    person('quinn', 'quinn-pw-6', [{ name: 'small-quota', roles: ['member', 'reader'] }]),
    { ...person('svc-notebooks', 'svc-pw-7', shared), domain: 'Default', id: hexId() },
    {
      ...person('admin', 'admin-pw-8', [{ name: 'admin', roles: ['admin', 'member', 'reader'] }]),
      domain: 'Default',
      id: hexId(),
    },
  ];
}

/** A person of the LDAP domain. */
export function person(name: string, password: string, projects: readonly Membership[]): Person {
  return { name, password, domain: ldapDomain, id: ldapUserId(ldapDomain, name), projects };
}

/** The projects that these people belong to, with the given quotas over the usual ones. */
export function projectsOf(
  people: readonly Person[],
  quotas: Readonly<Record<string, Partial<Quota>>>,
): Project[] {
  const names = new Set(people.flatMap((one) => one.projects.map((project) => project.name)));
  return [...names].map((name) => ({
    id: hexId(),
    name,
    description: descriptions[name] ?? '',
    quota: { ...usualQuota, ...smallQuota[name], ...quotas[name] },
  }));
}

const descriptions: Readonly<Record<string, string>> = {
  'jupyter-notebooks': 'shared notebooks',
  lpd: 'a second project, bob only',
  'small-quota': 'quota of one server',
};

const smallQuota: Readonly<Record<string, Partial<Quota>>> = {
  'small-quota': { instances: 1, cores: 4, ram: 8192, securityGroups: 2, floatingIps: 1 },
};
