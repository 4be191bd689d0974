import { rolesOn, unauthorized, userById, validToken } from '../auth.ts';
import { auditId, tokenId } from '../ids.ts';
import { json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import type { ApplicationCredential, State, Token } from '../state.ts';
import { ldapDomain, ldapUser, type Project, type User } from '../users.ts';
import { expecting, forbidden, keystoneError, notFound, unknownToken } from './errors.ts';
import { tokenView } from './views.ts';

/** An authenticated user, and the methods used. */
interface Authentication {
  readonly user: User;
  readonly methods: readonly string[];
  readonly earlier?: Token;
  readonly credential?: ApplicationCredential;
}

type Result<T> = { readonly value: T } | { readonly refusal: Reply };

/** `POST /v3/auth/tokens`. */
export async function issueToken(state: State, request: CloudRequest): Promise<Reply> {
  const body = objectBody(request);
  if (!body) return malformedJson();
  const auth = asObject(body['auth']);
  const identity = asObject(auth?.['identity']);
  if (!auth || !identity) return keystoneError(400, missing(auth ? 'identity' : 'auth'));
  const authentication = await authenticate(state, request, identity);
  if ('refusal' in authentication) return authentication.refusal;
  const scope = chooseScope(state, authentication.value, auth['scope']);
  if ('refusal' in scope) return scope.refusal;
  const token = storeToken(state, authentication.value, scope.value, request.at);
  const catalog = !request.query.has('nocatalog');
  return json(201, tokenView(state, token, catalog), { 'X-Subject-Token': token.id });
}

export function malformedJson(): Reply {
  return expectingJson;
}

const expectingJson = expecting('valid JSON', 'request body');

function missing(property: string): string {
  return `'${property}' is a required property\n\nFailed validating 'required' in schema:\n    {'properties': {'identity': {…}}}`;
}

async function authenticate(
  state: State,
  request: CloudRequest,
  identity: Record<string, unknown>,
): Promise<Result<Authentication>> {
  const methods = Array.isArray(identity['methods']) ? identity['methods'] : [];
  const method: unknown = methods[0];
  if (typeof method !== 'string') return { refusal: unauthorized(state) };
  const details = asObject(identity[method]);
  if (!details) return { refusal: expecting(method, 'identity') };
  if (method === 'password') return authenticateByPassword(state, details);
  if (method === 'token') return authenticateByToken(state, details, request.at);
  if (method === 'application_credential')
    return authenticateByCredential(state, details, request.at);
  return { refusal: unauthorized(state) };
}

async function authenticateByPassword(
  state: State,
  details: Record<string, unknown>,
): Promise<Result<Authentication>> {
  const named = asObject(details['user']) ?? {};
  const password = typeof named['password'] === 'string' ? named['password'] : '';
  const domain = asObject(named['domain']);
  if (named['id'] === undefined && !domain) return { refusal: expecting('domain', 'user') };
  const byId = typeof named['id'] === 'string' ? userById(state, named['id']) : undefined;
  const name = byId?.name ?? (typeof named['name'] === 'string' ? named['name'] : '');
  const domainName = byId?.domain ?? domainNamed(state, domain);
  const user = await checkPassword(state, domainName, name, password);
  if (!user) return { refusal: unauthorized(state) };
  return { value: { user, methods: ['password'] } };
}

function domainNamed(state: State, domain: Record<string, unknown> | undefined): string {
  const wanted = Object.entries(state.domains).find(
    ([name, id]) =>
      id === domain?.['id'] || name.toLowerCase() === String(domain?.['name'] ?? '').toLowerCase(),
  );
  return wanted?.[0] ?? '';
}

/** The user if the password is right. LDAP ignores case and surrounding spaces of a name. */
async function checkPassword(
  state: State,
  domain: string,
  name: string,
  password: string,
): Promise<User | undefined> {
  if (password === '' || name === '') return undefined;
  if (domain === ldapDomain && state.authenticate) {
    const canonical = await state.authenticate(name, password);
    if (canonical === undefined) return undefined;
    return findInDomain(state, domain, canonical) ?? addDirectoryUser(state, canonical);
  }
  const user = findInDomain(state, domain, name);
  return user?.password === password ? user : undefined;
}

function findInDomain(state: State, domain: string, name: string): User | undefined {
  const wanted = name.trim().toLowerCase();
  return state.users.find((user) => user.domain === domain && user.name.toLowerCase() === wanted);
}

/** A user that exists only in the directory, so without projects. */
function addDirectoryUser(state: State, name: string): User {
  const user = ldapUser(name, '', []);
  state.users.push(user);
  return user;
}

function authenticateByToken(
  state: State,
  details: Record<string, unknown>,
  at: Date,
): Result<Authentication> {
  const id = String(details['id'] ?? '');
  if (!state.tokens.has(id)) return { refusal: unknownToken() };
  const earlier = validToken(state, id, at);
  const user = earlier && userById(state, earlier.userId);
  if (!earlier || !user) return { refusal: unauthorized(state) };
  if (earlier.credentialId !== undefined) {
    return {
      refusal: forbidden('Using a delegated token to create another token is not allowed.'),
    };
  }
  const methods = [...new Set([...earlier.methods, 'token'])];
  return { value: { user, methods, earlier } };
}

function authenticateByCredential(
  state: State,
  details: Record<string, unknown>,
  at: Date,
): Result<Authentication> {
  const credential = findCredential(state, details);
  if (!credential) {
    const requested = String(details['id'] ?? details['name'] ?? '');
    return { refusal: notFound('Application Credential', requested) };
  }
  const user = userById(state, credential.userId);
  const expired = credential.expiresAt !== undefined && credential.expiresAt <= at;
  if (!user || expired || details['secret'] !== credential.secret) {
    return { refusal: unauthorized(state) };
  }
  return { value: { user, methods: ['application_credential'], credential } };
}

function findCredential(
  state: State,
  details: Record<string, unknown>,
): ApplicationCredential | undefined {
  if (typeof details['id'] === 'string') return state.credentials.get(details['id']);
  const named = asObject(details['user']) ?? {};
  const user =
    typeof named['id'] === 'string'
      ? userById(state, named['id'])
      : findInDomain(
          state,
          domainNamed(state, asObject(named['domain'])),
          String(named['name'] ?? ''),
        );
  return [...state.credentials.values()].find(
    (credential) => credential.userId === user?.id && credential.name === details['name'],
  );
}

/** The project to scope to; `undefined` for an unscoped token. */
function chooseScope(
  state: State,
  { user, credential }: Authentication,
  scope: unknown,
): Result<Project | undefined> {
  if (credential) {
    if (scope !== undefined) return { refusal: unauthorized(state) };
    return scoped(state, user, (project) => project.id === credential.projectId);
  }
  if (scope === undefined || scope === 'unscoped') return { value: undefined };
  const wanted = asObject(scope) ?? {};
  if ('unscoped' in wanted) return { value: undefined };
  if ('domain' in wanted || 'system' in wanted) return { refusal: unauthorized(state) };
  const project = asObject(wanted['project']);
  if (!project) {
    return { refusal: expecting('system, project, domain, OS-TRUST:trust or unscoped', 'scope') };
  }
  if (typeof project['id'] === 'string') {
    return scoped(state, user, (one) => one.id === project['id']);
  }
  const domain = asObject(project['domain']);
  if (!domain) return { refusal: expecting('domain', 'project') };
  if (domainNamed(state, domain) !== 'Default') return { refusal: unauthorized(state) };
  const name = String(project['name'] ?? '').toLowerCase();
  return scoped(state, user, (one) => one.name.toLowerCase() === name);
}

function scoped(
  state: State,
  user: User,
  wanted: (project: Project) => boolean,
): Result<Project | undefined> {
  const project = state.projects.find(wanted);
  if (!project || rolesOn(user, project.name).length === 0) {
    return { refusal: unauthorized(state) };
  }
  return { value: project };
}

/** The bootstrap of newer releases makes `admin` imply `manager`. */
function tokenRoles({ traits }: State, user: User, project: Project): readonly string[] {
  const roles = rolesOn(user, project.name);
  const implied = traits.keystone.impliesRoles && roles.includes('admin') ? ['manager'] : [];
  return [...new Set([...roles, ...implied])];
}

function storeToken(
  state: State,
  { user, methods, earlier, credential }: Authentication,
  project: Project | undefined,
  at: Date,
): Token {
  const expiryTimesMs = [at.getTime() + state.timings.tokenMs];
  if (earlier) expiryTimesMs.push(earlier.expiresAt.getTime());
  if (credential?.expiresAt) expiryTimesMs.push(credential.expiresAt.getTime());
  const token: Token = {
    id: tokenId(),
    userId: user.id,
    methods,
    projectId: project?.id,
    roles: project ? (credential?.roles ?? tokenRoles(state, user, project)) : [],
    auditIds: [auditId(), ...(earlier?.auditIds.slice(-1) ?? [])],
    issuedAt: at,
    expiresAt: new Date(Math.min(...expiryTimesMs)),
    credentialId: credential?.id,
    revoked: false,
  };
  state.tokens.set(token.id, token);
  state.issued.push(token.id);
  return token;
}
