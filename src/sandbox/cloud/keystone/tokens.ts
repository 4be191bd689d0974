import { personById, rolesOn, unauthorized, validToken } from '../auth.ts';
import { auditId, tokenId } from '../ids.ts';
import { json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import type { ApplicationCredential, State, Token } from '../state.ts';
import { ldapDomain, person as newPerson, type Person, type Project } from '../users.ts';
import { expecting, forbidden, keystoneError, notFound, unknownToken } from './errors.ts';
import { tokenView } from './views.ts';

/** Who has proven to be whom, and by what. */
interface Proof {
  readonly person: Person;
  readonly methods: readonly string[];
  readonly earlier?: Token;
  readonly credential?: ApplicationCredential;
}

type Step<T> = { readonly value: T } | { readonly refusal: Reply };

/** `POST /v3/auth/tokens`. */
export async function issueToken(state: State, request: CloudRequest): Promise<Reply> {
  const body = objectBody(request);
  if (!body) return malformedJson();
  const auth = asObject(body['auth']);
  const identity = asObject(auth?.['identity']);
  if (!auth || !identity) return keystoneError(400, missing(auth ? 'identity' : 'auth'));
  const proof = await prove(state, request, identity);
  if ('refusal' in proof) return proof.refusal;
  const scope = chooseScope(state, proof.value, auth['scope']);
  if ('refusal' in scope) return scope.refusal;
  const token = remember(state, proof.value, scope.value, request.at);
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

async function prove(
  state: State,
  request: CloudRequest,
  identity: Record<string, unknown>,
): Promise<Step<Proof>> {
  const methods = Array.isArray(identity['methods']) ? identity['methods'] : [];
  const method: unknown = methods[0];
  if (typeof method !== 'string') return { refusal: unauthorized(state) };
  const details = asObject(identity[method]);
  if (!details) return { refusal: expecting(method, 'identity') };
  if (method === 'password') return provePassword(state, details);
  if (method === 'token') return proveToken(state, details, request.at);
  if (method === 'application_credential') return proveCredential(state, details, request.at);
  return { refusal: unauthorized(state) };
}

async function provePassword(state: State, details: Record<string, unknown>): Promise<Step<Proof>> {
  const user = asObject(details['user']) ?? {};
  const password = typeof user['password'] === 'string' ? user['password'] : '';
  const domain = asObject(user['domain']);
  if (user['id'] === undefined && !domain) return { refusal: expecting('domain', 'user') };
  const byId = typeof user['id'] === 'string' ? personById(state, user['id']) : undefined;
  const name = byId?.name ?? (typeof user['name'] === 'string' ? user['name'] : '');
  const domainName = byId?.domain ?? domainNamed(state, domain);
  const person = await personWith(state, domainName, name, password);
  if (!person) return { refusal: unauthorized(state) };
  return { value: { person, methods: ['password'] } };
}

function domainNamed(state: State, domain: Record<string, unknown> | undefined): string {
  const wanted = Object.entries(state.domains).find(
    ([name, id]) =>
      id === domain?.['id'] || name.toLowerCase() === String(domain?.['name'] ?? '').toLowerCase(),
  );
  return wanted?.[0] ?? '';
}

/** The person whose password this is; LDAP ignores case and outer spaces of a name. */
async function personWith(
  state: State,
  domain: string,
  name: string,
  password: string,
): Promise<Person | undefined> {
  if (password === '' || name === '') return undefined;
  if (domain === ldapDomain && state.authenticate) {
    const canonical = await state.authenticate(name, password);
    if (canonical === undefined) return undefined;
    return inDomain(state, domain, canonical) ?? welcome(state, canonical);
  }
  const person = inDomain(state, domain, name);
  return person?.password === password ? person : undefined;
}

function inDomain(state: State, domain: string, name: string): Person | undefined {
  const wanted = name.trim().toLowerCase();
  return state.people.find(
    (person) => person.domain === domain && person.name.toLowerCase() === wanted,
  );
}

/** A person whom only the directory knows: no projects. */
function welcome(state: State, name: string): Person {
  const person = newPerson(name, '', []);
  state.people.push(person);
  return person;
}

function proveToken(state: State, details: Record<string, unknown>, at: Date): Step<Proof> {
  const id = String(details['id'] ?? '');
  if (!state.tokens.has(id)) return { refusal: unknownToken() };
  const earlier = validToken(state, id, at);
  const person = earlier && personById(state, earlier.userId);
  if (!earlier || !person) return { refusal: unauthorized(state) };
  if (earlier.credentialId !== undefined) {
    return {
      refusal: forbidden('Using a delegated token to create another token is not allowed.'),
    };
  }
  const methods = [...new Set([...earlier.methods, 'token'])];
  return { value: { person, methods, earlier } };
}

function proveCredential(state: State, details: Record<string, unknown>, at: Date): Step<Proof> {
  const credential = findCredential(state, details);
  if (!credential) {
    const called = String(details['id'] ?? details['name'] ?? '');
    return { refusal: notFound('Application Credential', called) };
  }
  const person = personById(state, credential.userId);
  const expired = credential.expiresAt !== undefined && credential.expiresAt <= at;
  if (!person || expired || details['secret'] !== credential.secret) {
    return { refusal: unauthorized(state) };
  }
  return { value: { person, methods: ['application_credential'], credential } };
}

function findCredential(
  state: State,
  details: Record<string, unknown>,
): ApplicationCredential | undefined {
  if (typeof details['id'] === 'string') return state.credentials.get(details['id']);
  const user = asObject(details['user']) ?? {};
  const person =
    typeof user['id'] === 'string'
      ? personById(state, user['id'])
      : inDomain(state, domainNamed(state, asObject(user['domain'])), String(user['name'] ?? ''));
  return [...state.credentials.values()].find(
    (credential) => credential.userId === person?.id && credential.name === details['name'],
  );
}

/** The project to scope to; `undefined` is an unscoped token. */
function chooseScope(
  state: State,
  { person, credential }: Proof,
  scope: unknown,
): Step<Project | undefined> {
  if (credential) {
    if (scope !== undefined) return { refusal: unauthorized(state) };
    return scoped(state, person, (project) => project.id === credential.projectId);
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
    return scoped(state, person, (one) => one.id === project['id']);
  }
  const domain = asObject(project['domain']);
  if (!domain) return { refusal: expecting('domain', 'project') };
  if (domainNamed(state, domain) !== 'Default') return { refusal: unauthorized(state) };
  const name = String(project['name'] ?? '').toLowerCase();
  return scoped(state, person, (one) => one.name.toLowerCase() === name);
}

function scoped(
  state: State,
  person: Person,
  wanted: (project: Project) => boolean,
): Step<Project | undefined> {
  const project = state.projects.find(wanted);
  if (!project || rolesOn(person, project.name).length === 0) {
    return { refusal: unauthorized(state) };
  }
  return { value: project };
}

function remember(
  state: State,
  { person, methods, earlier, credential }: Proof,
  project: Project | undefined,
  at: Date,
): Token {
  const ends = [at.getTime() + state.pace.tokenMs];
  if (earlier) ends.push(earlier.expiresAt.getTime());
  if (credential?.expiresAt) ends.push(credential.expiresAt.getTime());
  const token: Token = {
    id: tokenId(),
    userId: person.id,
    methods,
    projectId: project?.id,
    roles: project ? (credential?.roles ?? rolesOn(person, project.name)) : [],
    auditIds: [auditId(), ...(earlier?.auditIds.slice(-1) ?? [])],
    issuedAt: at,
    expiresAt: new Date(Math.min(...ends)),
    credentialId: credential?.id,
    revoked: false,
  };
  state.tokens.set(token.id, token);
  state.issued.push(token.id);
  return token;
}
