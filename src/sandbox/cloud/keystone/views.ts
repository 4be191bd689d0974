import { rolesNow, userById } from '../auth.ts';
import { hexId } from '../ids.ts';
import type { Origins, State, Token } from '../state.ts';
import { bareTime, tokenTime } from '../timestamps.ts';
import type { Project, User } from '../users.ts';

/** The body that describes a token. The token itself is only in the `X-Subject-Token` header. */
export function tokenView(state: State, token: Token, catalog: boolean): unknown {
  const user = userById(state, token.userId);
  const domain = user?.domain ?? '';
  const project = state.projects.find((one) => one.id === token.projectId);
  return {
    token: {
      methods: token.methods,
      user: {
        domain: { id: state.domains[domain] ?? '', name: domain },
        id: token.userId,
        name: user?.name ?? '',
        password_expires_at: null,
      },
      audit_ids: token.auditIds,
      expires_at: (isBare(state, token) ? bareTime : tokenTime)(token.expiresAt),
      issued_at: tokenTime(token.issuedAt),
      ...(project && {
        project: {
          domain: { id: 'default', name: 'Default' },
          id: project.id,
          name: project.name,
        },
        is_domain: false,
        roles: rolesNow(state, token).map((name) => ({ id: roleId(state, name), name })),
        ...(catalog && { catalog: catalogView(state) }),
      }),
      ...credentialPart(state, token),
    },
  };
}

/** Older releases copy the end of the credential, which has no time zone. */
function isBare(state: State, { credentialId, expiresAt }: Token): boolean {
  if (state.traits.keystone.zonedEnds) return false;
  const end = credentialId ? state.credentials.get(credentialId)?.expiresAt : undefined;
  return end?.getTime() === expiresAt.getTime();
}

function credentialPart(state: State, token: Token): object {
  const credential = token.credentialId ? state.credentials.get(token.credentialId) : undefined;
  if (!credential) return {};
  const { id, name, unrestricted, accessRules } = credential;
  const restricted = unrestricted !== true;
  const rules = accessRules && { access_rules: accessRules };
  return { application_credential: { id, name, restricted, ...rules } };
}

export function roleId(state: State, name: string): string {
  const known = state.roles.get(name);
  if (known) return known;
  const id = hexId();
  state.roles.set(name, id);
  return id;
}

/** The catalog that a test has set, or all four services in one region. */
export function catalogView(state: State): readonly unknown[] {
  return state.catalog ?? usualCatalog(state);
}

export interface CatalogService {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly {
    readonly id: string;
    readonly interface: string;
    readonly region_id: string;
    readonly region: string;
    readonly url: string;
  }[];
}

export function usualCatalog(state: State): CatalogService[] {
  return services.map(({ type, name, url }) => ({
    endpoints: ['internal', 'public', 'admin'].map((kind) => ({
      id: endpointId(state, `${type}/${kind}`),
      interface: kind,
      region_id: 'RegionOne',
      url: url(state.origins),
      region: 'RegionOne',
    })),
    id: endpointId(state, type),
    type,
    name,
  }));
}

interface ServiceAddress {
  readonly type: string;
  readonly name: string;
  readonly url: (origins: Origins) => string;
}

const services: readonly ServiceAddress[] = [
  { type: 'compute', name: 'nova', url: (origins) => `${origins.compute}/v2.1` },
  { type: 'image', name: 'glance', url: (origins) => origins.image },
  { type: 'identity', name: 'keystone', url: (origins) => `${origins.identity}/v3` },
  { type: 'network', name: 'neutron', url: (origins) => origins.network },
];

/** Stored with the roles' ids: both need only be stable. */
function endpointId(state: State, key: string): string {
  return roleId(state, `endpoint ${key}`);
}

export function projectView(state: State, project: Project): unknown {
  return {
    id: project.id,
    name: project.name,
    domain_id: 'default',
    description: project.description,
    enabled: true,
    parent_id: 'default',
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${state.origins.identity}/v3/projects/${project.id}` },
  };
}

export function userView(state: State, { id, name, domain }: User): unknown {
  return {
    id,
    name,
    domain_id: state.domains[domain] ?? '',
    enabled: true,
    password_expires_at: null,
    options: {},
    links: { self: `${state.origins.identity}/v3/users/${id}` },
  };
}

export function versionView(state: State): unknown {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${state.origins.identity}/v3/` }],
    'media-types': [
      { base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' },
    ],
  };
}
