import {
  type AuthContext,
  accessRulesOf,
  authContextOf,
  rolesOn,
  unauthorized,
  userById,
} from '../auth.ts';
import { empty, html, json, type Reply, withHeaders } from '../replies.ts';
import { type CloudRequest, header } from '../requests.ts';
import { dispatch, type Route, route } from '../router.ts';
import type { State } from '../state.ts';
import {
  createCredential,
  deleteCredential,
  listCredentials,
  showCredential,
} from './application-credentials.ts';
import { forbidden, notFound, unknownToken, unvalidatedToken } from './errors.ts';
import { issueToken } from './tokens.ts';
import { catalogView, projectView, roleId, tokenView, userView, versionView } from './views.ts';

/** Keystone 22, 27 or 30; the replies were recorded in the real lab. */
export async function keystone(state: State, request: CloudRequest): Promise<Reply> {
  const reply = await answer(state, request);
  return withHeaders(reply, { Vary: 'X-Auth-Token' });
}

async function answer(state: State, request: CloudRequest): Promise<Reply> {
  const open = dispatch(openRoutes, request, state);
  if (open) return open;
  const known = routes.some(({ method, pattern }) => {
    return method === request.method && pattern.test(request.path);
  });
  if (!known) return unknownUrl;
  const auth = authContextOf(state, request);
  if (!auth) return unauthorized(state);
  return dispatch(routes, request, { state, auth }) ?? unknownUrl;
}

const unknownUrl = html(
  404,
  '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n',
  { 'Content-Type': 'text/html; charset=utf-8' },
);

interface Call {
  readonly state: State;
  readonly auth: AuthContext;
}

const version = (_: CloudRequest, state: State): Reply =>
  json(200, { version: versionView(state) });

const openRoutes: readonly Route<State>[] = [
  route('GET', '/', (_, state) =>
    json(
      300,
      { versions: { values: [versionView(state)] } },
      { Location: `${state.origins.identity}/v3/` },
    ),
  ),
  route('GET', '/v3', version),
  route('GET', '/v3/', version),
  route('POST', '/v3/auth/tokens', (request, state) => issueToken(state, request)),
];

const credentials = '/v3/users/{user}/application_credentials';

const routes: readonly Route<Call>[] = [
  route('GET', '/v3/auth/projects', listProjects),
  route('GET', '/v3/auth/catalog', (request, { state }) =>
    json(200, { catalog: catalogView(state), links: links(request) }),
  ),
  route('GET', '/v3/auth/tokens', showToken),
  route('DELETE', '/v3/auth/tokens', revokeToken),
  route('GET', '/v3/users', () => forbidden('identity:list_users')),
  route('GET', '/v3/users/{id}', showUser),
  route('GET', '/v3/role_assignments', listAssignments),
  route('GET', '/v3/projects', findProjects),
  route('GET', '/v3/projects/{id}', showProject),
  route('POST', credentials, (request, { state, auth }, [user = '']) =>
    createCredential(state, request, auth, user),
  ),
  route('GET', credentials, (request, { state, auth }, [user = '']) =>
    listCredentials(state, request, auth, user),
  ),
  route('GET', `${credentials}/{id}`, (_, { state, auth }, [user = '', id = '']) =>
    showCredential(state, auth, user, id),
  ),
  route('DELETE', `${credentials}/{id}`, (_, { state, auth }, [user = '', id = '']) =>
    deleteCredential(state, auth, user, id),
  ),
];

/** By policy, a user who is no administrator may look at their own record only. */
function showUser(_: CloudRequest, { state, auth }: Call, [id = '']: readonly string[]): Reply {
  if (!auth.admin && id !== auth.userId) return forbidden('identity:get_user');
  const user = userById(state, id);
  return user ? json(200, { user: userView(state, user) }) : notFound('user', id);
}

/** By policy, a user who is no administrator may look at the project of the token only. */
function showProject(_: CloudRequest, { state, auth }: Call, [id = '']: readonly string[]): Reply {
  if (!auth.admin && id !== auth.projectId) return forbidden('identity:get_project');
  const project = state.projects.find((each) => each.id === id);
  return project ? json(200, { project: projectView(state, project) }) : notFound('project', id);
}

function findProjects(request: CloudRequest, { state, auth }: Call): Reply {
  if (!auth.admin) return forbidden('identity:list_projects');
  const name = request.query.get('name');
  const found = state.projects.filter((project) => name === null || project.name === name);
  return json(200, {
    projects: found.map((project) => projectView(state, project)),
    links: links(request),
  });
}

/** Of a project, with `effective`: the sandbox has no groups. */
function listAssignments(request: CloudRequest, { state, auth }: Call): Reply {
  if (!auth.admin) return forbidden('identity:list_role_assignments');
  const id = request.query.get('scope.project.id');
  const project = state.projects.find((each) => each.id === id);
  const assigned = state.users.flatMap((user) =>
    (project === undefined ? [] : rolesOn(user, project.name)).map((role) => ({
      scope: { project: { id } },
      role: { id: roleId(state, role) },
      user: { id: user.id },
      links: { assignment: `${state.origins.identity}/v3/projects/${id}/users/${user.id}` },
    })),
  );
  return json(200, { role_assignments: assigned, links: links(request) });
}

function listProjects(request: CloudRequest, { state, auth }: Call): Reply {
  const names = userById(state, auth.userId)?.projects.map((project) => project.name) ?? [];
  const own = state.projects.filter((project) => names.includes(project.name));
  const projects = auth.token.credentialId
    ? own.filter((project) => project.id === auth.projectId)
    : own;
  return json(200, {
    projects: projects.map((project) => projectView(state, project)),
    links: links(request),
  });
}

function links(request: CloudRequest): object {
  return { next: null, self: `${request.origin}${request.path}`, previous: null };
}

/** By policy, a member may show only their own token. */
function showToken(request: CloudRequest, { state, auth }: Call): Reply {
  const subject = header(request, 'x-subject-token');
  if (subject === '') return forbidden('identity:validate_token');
  const token = state.tokens.get(subject);
  if (!token) return unknownToken();
  if (accessRulesOf(state, token)) return unvalidatedToken();
  if (token.userId !== auth.userId) return forbidden('identity:validate_token');
  return json(200, tokenView(state, token, !request.query.has('nocatalog')));
}

function revokeToken(request: CloudRequest, { state, auth }: Call): Reply {
  const subject = header(request, 'x-subject-token');
  if (subject === '') return forbidden('identity:revoke_token');
  const token = state.tokens.get(subject);
  if (!token) return unknownToken();
  if (accessRulesOf(state, token)) return unvalidatedToken();
  if (token.userId !== auth.userId) return forbidden('identity:revoke_token');
  token.revoked = true;
  return empty(204);
}
