import type { ServiceName } from './faults.ts';
import { json, type Reply } from './replies.ts';
import { type CloudRequest, header } from './requests.ts';
import type { AccessRule, State, Token } from './state.ts';
import type { User } from './users.ts';

/** The caller of a request, as identified by its token. */
export interface AuthContext {
  readonly token: Token;
  readonly userId: string;
  /** `undefined` for an unscoped token. */
  readonly projectId: string | undefined;
  readonly admin: boolean;
}

/** `undefined` if the token is missing, unknown, expired or revoked. */
export function authContextOf(state: State, request: CloudRequest): AuthContext | undefined {
  const token = validToken(state, header(request, 'x-auth-token'), request.at);
  if (!token || !isAllowed(state, token, request)) return undefined;
  const { userId, projectId } = token;
  return { token, userId, projectId, admin: rolesNow(state, token).includes('admin') };
}

/** Those of a token that its user has not lost since. */
export function rolesNow(state: State, { userId, projectId, roles }: Token): readonly string[] {
  const user = userById(state, userId);
  const project = state.projects.find(({ id }) => id === projectId);
  const assigned = user && project ? rolesOn(user, project.name) : [];
  return roles.filter((role) =>
    [role, ...(impliedBy[role] ?? [])].some((one) => assigned.includes(one)),
  );
}

/** By which other roles a role is implied. */
const impliedBy: Readonly<Record<string, readonly string[]>> = {
  reader: ['member', 'manager', 'admin'],
  member: ['manager', 'admin'],
  manager: ['admin'],
};

const serviceTypes: Readonly<Record<ServiceName, string>> = {
  Keystone: 'identity',
  Nova: 'compute',
  Glance: 'image',
  Neutron: 'network',
};

/** Whether the access rules of the token's credential, if it has any, cover the request. */
function isAllowed(state: State, token: Token, { service, method, path }: CloudRequest): boolean {
  if (service === 'Keystone' && !state.traits.keystone.appliesAccessRules) return true;
  const rules = accessRulesOf(state, token);
  return (
    rules?.some(
      (rule) =>
        rule.service === serviceTypes[service] &&
        rule.method === method &&
        patternOf(rule.path).test(path),
    ) ?? true
  );
}

export function accessRulesOf(
  state: State,
  { credentialId }: Token,
): readonly AccessRule[] | undefined {
  return credentialId === undefined ? undefined : state.credentials.get(credentialId)?.accessRules;
}

/** Like keystonemiddleware. */
function patternOf(path: string): RegExp {
  const pattern = path.replace(/\{[^}]*\}|\*\*|\*|[^{}*]/g, (part) => {
    if (part === '**') return '.*';
    return part === '*' || part.startsWith('{')
      ? '[^/]+'
      : part.replace(/[.+?^$()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${pattern}$`);
}

/** A token that is still valid: tokens of an application credential end with the credential. */
export function validToken(state: State, id: string, at: Date): Token | undefined {
  const token = state.tokens.get(id);
  if (!token || token.revoked || token.expiresAt <= at) return undefined;
  if (token.credentialId === undefined) return token;
  const credential = state.credentials.get(token.credentialId);
  if (!credential || (credential.expiresAt && credential.expiresAt <= at)) return undefined;
  return token;
}

/** The 401 of keystonemiddleware, the same in Keystone, Nova and Neutron. */
export function unauthorized(state: State): Reply {
  const error = {
    code: 401,
    title: 'Unauthorized',
    message: 'The request you have made requires authentication.',
  };
  return json(401, { error }, challenge(state));
}

export function challenge(state: State): Record<string, string> {
  return { 'WWW-Authenticate': `Keystone uri="${state.origins.identity}/v3"` };
}

export function userById(state: State, id: string): User | undefined {
  return state.users.find((user) => user.id === id);
}

/** The names of a user's roles on a project. */
export function rolesOn(user: User, projectName: string): readonly string[] {
  return user.projects.find((project) => project.name === projectName)?.roles ?? [];
}
