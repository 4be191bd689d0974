import { json, type Reply } from './replies.ts';
import { type CloudRequest, header } from './requests.ts';
import type { State, Token } from './state.ts';
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
  if (!token) return undefined;
  const { userId, projectId, roles } = token;
  return { token, userId, projectId, admin: roles.includes('admin') };
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
