import { NubesError } from '../errors.ts';
import { list } from '../openstack/identity/application-credentials.ts';
import { listProjects } from '../openstack/identity/projects.ts';
import { credentialToken, rescope } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import { canonicalUrl } from './auth-url.ts';
import { clockNotices } from './clock.ts';
import type { LoginCredential } from './credential.ts';
import type { SessionDependencies } from './dependencies.ts';
import { savedCaFile, storedLogin } from './open.ts';
import { type OpenstackLogin, readLogin } from './openstack-variables.ts';
import { findProject, type IdOrName, requireProjectDomain } from './project.ts';
import { saveLogin } from './save.ts';
import { isRefusal, keystone, type ProjectToken, requireProjectToken } from './services.ts';
import { openWritableStore, type SignedIn, type SignIn, signIn } from './sign-in.ts';

export interface EnvironmentSignIn
  extends Pick<SignIn, 'project' | 'chooseProject' | 'info' | 'warn'> {
  /** For an environment without a password, such as the openrc file of Horizon. */
  readonly askPassword: (username: string) => Promise<string>;
}

/**
 * Logs in like the openstack client: with OS_CLOUD and clouds.yaml, or OS_* variables; with an application
 * credential, a password or a token. Does not use LDAP. Throws like `signIn`.
 */
export async function fromOpenstackEnvironment(
  dependencies: SessionDependencies,
  request: EnvironmentSignIn,
): Promise<SignedIn> {
  const login = await readLogin(dependencies.world, request.project);
  const withCloud = await trusting(withCloudOf(dependencies, login), login);
  // Now, since they may be why the cloud refuses the login.
  for (const notice of [...login.notices, ...caNotices(dependencies, login)]) request.warn(notice);
  const by = login.type === 'password' ? byPassword : byGrant;
  return by(withCloud, login, request);
}

/**
 * With the CA file of the environment, which the session keeps for later commands; the settings' one counts first. That
 * of the stored login only counts for the same cloud, which the environment may be the first to name.
 */
async function trusting(
  dependencies: SessionDependencies,
  { caFile }: OpenstackLogin,
): Promise<SessionDependencies> {
  const { settings, httpTrusting } = dependencies;
  if (settings.openstack.caFile !== undefined || httpTrusting === undefined) return dependencies;
  const file = caFile ?? (await savedCaFile(dependencies, () => storedLogin(dependencies)));
  if (file === dependencies.caFile) return dependencies;
  return { ...dependencies, http: await httpTrusting(file), caFile: file };
}

function caNotices({ settings }: SessionDependencies, { caFile }: OpenstackLogin): string[] {
  const own = settings.openstack.caFile;
  if (own === undefined || caFile === undefined || own === caFile) return [];
  return ['The CA file of the environment is not used, because openstack.ca_file is set.'];
}

async function byPassword(
  dependencies: SessionDependencies,
  { user, userDomain, project, projectDomain, ...login }: OpenstackLogin,
  request: EnvironmentSignIn,
): Promise<SignedIn> {
  const username = user.name ?? user.id;
  if (username === undefined) throw missing('username');
  return signIn(dependencies, {
    ...request,
    project: request.project ?? project.id ?? project.name,
    projectDomain: domainOf(project, projectDomain, request),
    login: async () => ({
      username,
      userId: user.id,
      userDomainId: userDomain.id,
      password: login.password ?? (await request.askPassword(username)),
    }),
  }).catch(withHint);
}

/** The user ID that is refused may be there, in another domain than that of the environment. */
function withHint(error: unknown): never {
  if (!(error instanceof NubesError) || error.code !== 'LOGIN_REFUSED') throw error;
  const { message, requestId } = error;
  throw new NubesError('LOGIN_REFUSED', message, { hint: tryWithClient, requestId });
}

const tryWithClient = 'try the same with: openstack token issue';

/** The domain names a project that is chosen by its name; an id needs none. */
function domainOf(
  project: IdOrName,
  domain: IdOrName,
  request: EnvironmentSignIn,
): IdOrName | undefined {
  return request.project === undefined && project.id !== undefined ? undefined : domain;
}

async function byGrant(
  dependencies: SessionDependencies,
  login: OpenstackLogin,
  request: EnvironmentSignIn,
): Promise<SignedIn> {
  const { authUrl, region } = login;
  const store = await openWritableStore(dependencies);
  const identity = keystone(dependencies.http, authUrl);
  request.info(`Asking Keystone at ${new URL(authUrl).host}...`);
  const grant =
    login.type === 'credential'
      ? await byCredential(identity, login, request)
      : await byToken(identity, login, request);
  const session = await saveLogin(dependencies, identity, store, {
    ...grant,
    authUrl,
    region,
    interface: login.interface,
    groups: [],
    createdByLogin: false,
  });
  const notices = clockNotices(grant.token, dependencies.world);
  return { session, notices: [...notices, ...accessRuleNotices(grant)] };
}

function accessRuleNotices({ token, loginCredential }: Grant): string[] {
  if (!token.hasAccessRules) return [];
  const noEnd = loginCredential.credential?.expiresAt === undefined;
  return [
    `The application credential has access rules: services refuse what they do not cover${noEnd ? ', and Keystone may not say when it expires' : ''}.`,
  ];
}

type Grant = { readonly token: ProjectToken; readonly loginCredential: LoginCredential };

async function byCredential(
  identity: Service,
  login: OpenstackLogin,
  request: EnvironmentSignIn,
): Promise<Grant> {
  const { secret, ...reference } = login.credential;
  if (secret === undefined) throw missing('application_credential_secret');
  const pair = reference.id === undefined ? byName(login, secret) : { id: reference.id, secret };
  const token = requireProjectToken(await credentialToken(identity, pair).catch(refused));
  requireProject(token, request.project ?? login.project.id ?? login.project.name);
  const id = reference.id ?? token.credentialId;
  if (id === undefined) throw missing('application_credential_id');
  const all = await list(identity, token.id, token.user.id).catch(() => []);
  const expiresAt = all.find((each) => each.id === id)?.expiresAt;
  return {
    token,
    loginCredential: { credential: { id, secret, name: undefined, expiresAt }, token },
  };
}

/** The name of a credential is unique for its user only. */
function byName({ credential, user, userDomain }: OpenstackLogin, secret: string) {
  const { name } = credential;
  if (name === undefined) throw missing('application_credential_id');
  if (user.id !== undefined) return { name, secret, user: { id: user.id } };
  if (user.name === undefined) throw missing('username');
  if (userDomain.id !== undefined) {
    return { name, secret, user: { name: user.name, domain: { id: userDomain.id } } };
  }
  if (userDomain.name === undefined) throw missing('user_domain_name');
  return { name, secret, user: { name: user.name, domain: { name: userDomain.name } } };
}

/** Keystone ignores or refuses a project beside a credential, which is for one project only. */
function requireProject({ project }: ProjectToken, wanted: string | undefined): void {
  if (wanted === undefined || wanted === project.id || wanted === project.name) return;
  throw new NubesError(
    'NO_PROJECT',
    `The application credential is for the project ${project.name}, not for ${wanted}.`,
    { hint: 'unset OS_PROJECT_NAME and OS_PROJECT_ID, or use a credential of that project' },
  );
}

async function byToken(
  identity: Service,
  login: OpenstackLogin,
  request: EnvironmentSignIn,
): Promise<Grant> {
  const { token: tokenId, project, projectDomain } = login;
  if (tokenId === undefined) throw missing('token');
  const projects = await listProjects(identity, tokenId).catch(refused);
  const wanted = request.project ?? project.id ?? project.name;
  const found = await findProject(projects, wanted, request.chooseProject);
  const token = requireProjectToken(await rescope(identity, tokenId, found).catch(refused));
  requireProjectDomain(token.project, domainOf(project, projectDomain, request));
  return { token, loginCredential: { credential: undefined, token } };
}

function refused(error: unknown): never {
  if (!isRefusal(error)) throw error;
  throw new NubesError('LOGIN_REFUSED', 'Keystone does not accept the login of the environment.', {
    hint: tryWithClient,
    requestId: error.requestId,
  });
}

/** The dependencies with the cloud of the environment instead of that of the settings, and without LDAP. */
function withCloudOf(
  dependencies: SessionDependencies,
  login: OpenstackLogin,
): SessionDependencies {
  const { settings } = dependencies;
  const { openstack } = settings;
  if (
    openstack.authUrl !== undefined &&
    canonicalUrl(openstack.authUrl) !== canonicalUrl(login.authUrl)
  ) {
    throw new NubesError(
      'CONFIGURATION',
      `The environment's cloud is ${login.authUrl}, but openstack.auth_url is ${openstack.authUrl}.`,
      { hint: 'use another context: --context NAME' },
    );
  }
  const authUrl = openstack.authUrl ?? login.authUrl;
  const region = login.region ?? openstack.region;
  const userDomain = login.userDomain.name ?? openstack.userDomain;
  const changed = { ...openstack, authUrl, region, interface: login.interface, userDomain };
  return { ...dependencies, settings: { ...settings, ldap: undefined, openstack: changed } };
}

function missing(key: string): NubesError {
  return new NubesError('CONFIGURATION', `The login of the environment has no ${key}.`, {
    hint: `set OS_${key.toUpperCase()}, or auth.${key}`,
  });
}
