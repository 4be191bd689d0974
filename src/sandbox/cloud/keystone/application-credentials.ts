import type { AuthContext } from '../auth.ts';
import { credentialSecret, hexId } from '../ids.ts';
import { empty, json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import type { AccessRule, ApplicationCredential, State } from '../state.ts';
import { microTime, parseTime } from '../timestamps.ts';
import { refuseValues } from './credential-schema.ts';
import { forbidden, keystoneError, malformed, notFound } from './errors.ts';
import { malformedJson } from './tokens.ts';
import { roleId } from './views.ts';

/** `POST /v3/users/{user}/application_credentials`. Only this reply contains the secret. */
export function createCredential(
  state: State,
  request: CloudRequest,
  auth: AuthContext,
  userId: string,
): Reply {
  const body = objectBody(request);
  if (!body) return malformedJson();
  if (userId !== auth.userId) return forbidden('identity:create_application_credential');
  if (isRestricted(state, auth)) return delegatedForbidden();
  const wanted = asObject(body['application_credential']) ?? {};
  const refusal = refuseProperties(state, request, auth, wanted);
  if (refusal) return refusal;
  const expiresAt = wanted['expires_at'];
  const credential: ApplicationCredential = {
    id: hexId(),
    name: String(wanted['name']),
    description: typeof wanted['description'] === 'string' ? wanted['description'] : null,
    userId,
    projectId: auth.projectId ?? null,
    roles: withImplied(state, roleNames(wanted) ?? auth.token.roles),
    accessRules: accessRules(wanted),
    expiresAt: typeof expiresAt === 'string' ? parseTime(expiresAt) : undefined,
    unrestricted: typeof wanted['unrestricted'] === 'boolean' ? wanted['unrestricted'] : null,
    secret: typeof wanted['secret'] === 'string' ? wanted['secret'] : credentialSecret(),
  };
  state.credentials.set(credential.id, credential);
  state.issued.push(credential.secret);
  const view = { ...credentialView(state, credential), secret: credential.secret };
  return json(201, { application_credential: view });
}

function refuseProperties(
  state: State,
  request: CloudRequest,
  auth: AuthContext,
  wanted: Record<string, unknown>,
): Reply | undefined {
  const invalid = refuseValues(state.traits.keystone, wanted);
  if (invalid) return keystoneError(400, invalid);
  const time = refuseTime(wanted['expires_at'], request.at);
  if (time) return time;
  if (roleNames(wanted)?.some((role) => !auth.token.roles.includes(role))) {
    return keystoneError(
      400,
      'Invalid application credential: Cannot create an application credential with unassigned role',
    );
  }
  const name = String(wanted['name']);
  const taken = credentialsOf(state, auth.userId).some((credential) => credential.name === name);
  if (!taken) return undefined;
  const what = 'Conflict occurred attempting to store application_credential';
  return keystoneError(409, `${what} - Duplicate entry found with name ${name}.`);
}

function refuseTime(expiresAt: unknown, now: Date): Reply | undefined {
  if (expiresAt === undefined || expiresAt === null) return undefined;
  const time = typeof expiresAt === 'string' ? parseTime(expiresAt) : undefined;
  if (!time) return malformed('Timestamp not in expected format.');
  if (time <= now) return malformed("The 'expires_at' must not be before now.");
  return undefined;
}

function withImplied({ traits }: State, roles: readonly string[]): readonly string[] {
  const implied = traits.keystone.impliesRoles && roles.includes('member') ? ['reader'] : [];
  return [...new Set([...roles, ...implied])];
}

function accessRules(wanted: Record<string, unknown>): AccessRule[] | undefined {
  const rules = wanted['access_rules'];
  if (!Array.isArray(rules) || rules.length === 0) return undefined;
  return rules.map((rule) => {
    const { service, path, method } = asObject(rule) ?? {};
    return { id: hexId(), service: String(service), path: String(path), method: String(method) };
  });
}

function roleNames(wanted: Record<string, unknown>): string[] | undefined {
  const roles = wanted['roles'];
  if (!Array.isArray(roles) || roles.length === 0) return undefined;
  return roles.map((role) => String(asObject(role)?.['name'] ?? ''));
}

/** `GET /v3/users/{user}/application_credentials`, optionally by name. */
export function listCredentials(
  state: State,
  request: CloudRequest,
  auth: AuthContext,
  userId: string,
): Reply {
  if (userId !== auth.userId && !auth.admin) {
    return forbidden('identity:list_application_credentials');
  }
  const name = request.query.get('name');
  const found = credentialsOf(state, userId).filter((one) => name === null || one.name === name);
  const query = request.query.size > 0 ? `?${request.query}` : '';
  return json(200, {
    application_credentials: found.map((one) => credentialView(state, one)),
    links: { next: null, self: `${request.origin}${request.path}${query}`, previous: null },
  });
}

export function showCredential(
  state: State,
  auth: AuthContext,
  userId: string,
  credentialId: string,
): Reply {
  if (userId !== auth.userId) return forbidden('identity:get_application_credential');
  const credential = ownCredential(state, userId, credentialId);
  if (!credential) return notFound('Application Credential', credentialId);
  return json(200, { application_credential: credentialView(state, credential) });
}

/** `DELETE`: the credential's tokens end immediately. */
export function deleteCredential(
  state: State,
  auth: AuthContext,
  userId: string,
  credentialId: string,
): Reply {
  if (userId !== auth.userId) return forbidden('identity:delete_application_credential');
  if (isRestricted(state, auth)) return delegatedForbidden();
  if (!ownCredential(state, userId, credentialId)) {
    return notFound('Application Credential', credentialId);
  }
  state.credentials.delete(credentialId);
  return empty(204);
}

function ownCredential(
  state: State,
  userId: string,
  id: string,
): ApplicationCredential | undefined {
  return credentialsOf(state, userId).find((credential) => credential.id === id);
}

function credentialsOf(state: State, userId: string): ApplicationCredential[] {
  return [...state.credentials.values()].filter((credential) => credential.userId === userId);
}

function isRestricted(state: State, { token }: AuthContext): boolean {
  if (token.credentialId === undefined) return false;
  return state.credentials.get(token.credentialId)?.unrestricted !== true;
}

function delegatedForbidden(): Reply {
  return forbidden(
    "Using method 'application_credential' is not allowed for managing additional application credentials.",
  );
}

function credentialView(state: State, credential: ApplicationCredential): object {
  return {
    id: credential.id,
    name: credential.name,
    description: credential.description,
    user_id: credential.userId,
    project_id: credential.projectId,
    system: null,
    expires_at: credential.expiresAt ? microTime(credential.expiresAt) : null,
    unrestricted: credential.unrestricted,
    roles: credential.roles.map((name) => ({
      id: roleId(state, name),
      name,
      domain_id: null,
      description: null,
      options: { immutable: true },
    })),
    ...(credential.accessRules && { access_rules: credential.accessRules }),
    links: {
      self: `${state.origins.identity}/v3/application_credentials/${credential.id}`,
    },
  };
}
