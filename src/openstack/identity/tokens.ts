import { array, type InferOutput, nullish, object, string } from 'valibot';
import { type Catalog, catalogSchema } from '../catalog.ts';
import { isStatus } from '../errors.ts';
import { unexpectedReply } from '../http/errors.ts';
import { parseReply } from '../http/response.ts';
import type { Reply, Service } from '../service.ts';
import { optionalTimestamp, timestamp } from '../timestamps.ts';

export interface Token {
  /** The token itself, a secret. */
  readonly id: string;
  readonly expiresAt: Date;
  /** By Keystone's clock. */
  readonly issuedAt: Date | undefined;
  /** Keystone's spelling of the name may differ from the one in the request. */
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly domain: { readonly id: string; readonly name: string };
  };
  /** Undefined for an unscoped token. */
  readonly project: { readonly id: string; readonly name: string } | undefined;
  readonly roles: readonly string[];
  /** Undefined for an unscoped token. */
  readonly catalog: Catalog | undefined;
}

export interface PasswordLogin {
  readonly username: string;
  readonly password: string;
  readonly userDomain: string;
  /** Without it the token is unscoped, even for a user with a default project. */
  readonly project?: { readonly id: string } | undefined;
}

const body = object({
  token: object({
    expires_at: timestamp,
    issued_at: optionalTimestamp,
    user: object({
      id: string(),
      name: string(),
      domain: object({ id: string(), name: string() }),
    }),
    project: nullish(object({ id: string(), name: string() })),
    roles: nullish(array(object({ name: string() })), []),
    catalog: nullish(catalogSchema),
  }),
});

/** Throws ApiError 401 for a wrong user, password, domain or project; Keystone does not say which. */
export async function passwordToken(identity: Service, login: PasswordLogin): Promise<Token> {
  const { username, password, userDomain, project } = login;
  const user = { name: username, password, domain: { name: userDomain } };
  const reply = await identity.post('/auth/tokens', {
    auth: {
      identity: { methods: ['password'], password: { user } },
      scope: project ? { project: { id: project.id } } : 'unscoped',
    },
  });
  return tokenFrom(identity, reply);
}

/** A token for a project, which expires no later than the old token. */
export async function rescope(
  identity: Service,
  tokenId: string,
  project: { readonly id: string },
): Promise<Token> {
  return repeatableToken(identity, {
    identity: { methods: ['token'], token: { id: tokenId } },
    scope: { project: { id: project.id } },
  });
}

/** Throws ApiError 404 if the credential was deleted, 401 if it has expired or the secret is wrong. */
export async function credentialToken(
  identity: Service,
  credential: { readonly id: string; readonly secret: string },
): Promise<Token> {
  const { id, secret } = credential;
  return repeatableToken(identity, {
    identity: { methods: ['application_credential'], application_credential: { id, secret } },
  });
}

/** Revokes `subjectToken`; an expired or revoked one is not an error. */
export async function revoke(
  identity: Service,
  authToken: string,
  subjectToken: string,
): Promise<void> {
  const headers = { 'X-Auth-Token': authToken, 'X-Subject-Token': subjectToken };
  try {
    await identity.delete('/auth/tokens', headers);
  } catch (error) {
    if (isStatus(error, 404)) return;
    if (isStatus(error, 401) && authToken === subjectToken) return;
    throw error;
  }
}

/** Unlike a password, neither of these can lock the account when it is sent again. */
async function repeatableToken(identity: Service, auth: unknown): Promise<Token> {
  const reply = await identity.post('/auth/tokens', { auth }, { repeatable: true });
  return tokenFrom(identity, reply);
}

function tokenFrom(identity: Service, reply: Reply): Token {
  const { token } = parseReply(identity, reply, body);
  const id = reply.headers['x-subject-token'];
  if (!id) throw unexpectedReply(identity.name, reply);
  return { id, ...factsOf(token), issuedAt: token.issued_at ?? reply.date };
}

function factsOf(token: InferOutput<typeof body>['token']): Omit<Token, 'id' | 'issuedAt'> {
  return {
    expiresAt: token.expires_at,
    user: token.user,
    project: token.project ?? undefined,
    roles: token.roles.map(({ name }) => name),
    catalog: token.catalog ?? undefined,
  };
}
