import { hexId, ldapUserId } from './ids.ts';

/** A user or service account of Keystone. */
export interface User {
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

/** A project's quota; -1 means unlimited. */
export interface Quota {
  readonly instances: number;
  readonly cores: number;
  /** MiB. */
  readonly ram: number;
  readonly securityGroups: number;
  readonly floatingIps: number;
  readonly ports: number;
  /** Of each user, whatever the project. */
  readonly keyPairs: number;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly quota: Quota;
}

export const ldapDomain = 'stfc';

export const defaultQuota: Quota = {
  instances: 10,
  cores: 20,
  ram: 51_200,
  securityGroups: 10,
  floatingIps: 50,
  ports: 500,
  keyPairs: 100,
};

/** The users of the real lab, so that the same tests run against both. */
export function defaultUsers(): readonly User[] {
  const shared = [{ name: 'jupyter-notebooks', roles: ['member', 'reader'] }];
  const lpd = { name: 'lpd', roles: ['member', 'reader'] };
  return [
    ldapUser('alice', 'alice-pw-1', shared),
    ldapUser('bob', 'bob-pw-2', [lpd, ...shared]),
    ldapUser('carol', ` it's "C:\\$HOME" \`id\` パスワード `, shared),
    ldapUser('dave', 'dave-pw-4', shared),
    ldapUser('erin', 'erin-pw-5', []),
    ldapUser('quinn', 'quinn-pw-6', [{ name: 'small-quota', roles: ['member', 'reader'] }]),
    { ...ldapUser('svc-notebooks', 'svc-pw-7', shared), domain: 'Default', id: hexId() },
    {
      ...ldapUser('admin', 'admin-pw-8', [{ name: 'admin', roles: ['admin', 'member', 'reader'] }]),
      domain: 'Default',
      id: hexId(),
    },
  ];
}

/** A user of the LDAP domain. */
export function ldapUser(name: string, password: string, projects: readonly Membership[]): User {
  return { name, password, domain: ldapDomain, id: ldapUserId(ldapDomain, name), projects };
}

/** The projects of these users; `quotas` overrides the defaults. */
export function projectsOf(
  users: readonly User[],
  quotas: Readonly<Record<string, Partial<Quota>>>,
): Project[] {
  const names = new Set(users.flatMap((one) => one.projects.map((project) => project.name)));
  return [...names].map((name) => ({
    id: hexId(),
    name,
    description: descriptions[name] ?? '',
    quota: { ...defaultQuota, ...smallQuota[name], ...quotas[name] },
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
