import { array, type InferOutput, nullish, object, string, unknown } from 'valibot';
import { type Catalog, catalogSchema } from '../catalog.ts';
import { isStatus } from '../errors.ts';
import { parseReply, unexpectedReply } from '../http/response.ts';
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
  readonly project:
    | {
        readonly id: string;
        readonly name: string;
        readonly domain?: { readonly id: string; readonly name: string } | null | undefined;
      }
    | undefined;
  /** The application credential that it was issued for. */
  readonly credentialId: string | undefined;
  /** The credential allows certain calls only. */
  readonly hasAccessRules: boolean;
  readonly roles: readonly string[];
  /** Undefined for an unscoped token. */
  readonly catalog: Catalog | undefined;
}

export interface PasswordLogin {
  readonly username: string;
  /** Instead of the name and the domain. */
  readonly userId?: string | undefined;
  readonly password: string;
  readonly userDomain: string;
  /** Instead of the domain's name. */
  readonly userDomainId?: string | undefined;
  /** Without it the token is unscoped, even for a user with a default project. */
  readonly project?: { readonly id: string } | undefined;
}

export type CredentialLogin = { readonly secret: string } & (
  | { readonly id: string }
  | {
      readonly name: string;
      readonly user:
        | { readonly id: string }
        | {
            readonly name: string;
            readonly domain: { readonly id: string } | { readonly name: string };
          };
    }
);

const body = object({
  token: object({
    expires_at: timestamp,
    issued_at: optionalTimestamp,
    user: object({
      id: string(),
      name: string(),
      domain: object({ id: string(), name: string() }),
    }),
    project: nullish(
      object({
        id: string(),
        name: string(),
        domain: nullish(object({ id: string(), name: string() })),
      }),
    ),
    application_credential: nullish(
      object({ id: string(), access_rules: nullish(array(unknown()), []) }),
    ),
    roles: nullish(array(object({ name: string() })), []),
    catalog: nullish(catalogSchema),
  }),
});

/** Throws ApiError 401 for a wrong user, password, domain or project; Keystone does not say which. */
export async function passwordToken(identity: Service, login: PasswordLogin): Promise<Token> {
  const { username, userId, password, userDomain, userDomainId, project } = login;
  const domain = userDomainId === undefined ? { name: userDomain } : { id: userDomainId };
  const user =
    userId === undefined ? { name: username, password, domain } : { id: userId, password };
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
  { secret, ...credential }: CredentialLogin,
): Promise<Token> {
  const reference =
    'id' in credential ? { id: credential.id } : { name: credential.name, user: credential.user };
  return repeatableToken(identity, {
    identity: {
      methods: ['application_credential'],
      application_credential: { ...reference, secret },
    },
  });
}

/** The roles that a token has now: Keystone leaves out those that its user has lost. */
export async function currentRoles(identity: Service, tokenId: string): Promise<readonly string[]> {
  const headers = { 'X-Auth-Token': tokenId, 'X-Subject-Token': tokenId };
  const reply = await identity.get('/auth/tokens', { nocatalog: true }, headers);
  return factsOf(parseReply(identity, reply, body).token).roles;
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
  if (!id) throw unexpectedReply(identity, reply);
  return { id, ...factsOf(token), issuedAt: token.issued_at ?? reply.date };
}

function factsOf(token: InferOutput<typeof body>['token']): Omit<Token, 'id' | 'issuedAt'> {
  return {
    expiresAt: token.expires_at,
    user: token.user,
    project: token.project ?? undefined,
    credentialId: token.application_credential?.id,
    hasAccessRules: (token.application_credential?.access_rules.length ?? 0) > 0,
    roles: token.roles.map(({ name }) => name),
    catalog: token.catalog ?? undefined,
  };
}
