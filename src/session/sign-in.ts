import { checkOwnFolder } from '../bounded-file.ts';
import type { AuthenticatedUser } from '../directory/directory.ts';
import { NubesError, withoutStop } from '../errors.ts';
import { type ApiError, isStatus } from '../openstack/errors.ts';
import { listProjects } from '../openstack/identity/projects.ts';
import { passwordToken, rescope, type Token } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import { clockNotices } from './clock.ts';
import { createLoginCredential } from './credential.ts';
import { formatExpiry } from './dates.ts';
import type { SessionDependencies } from './dependencies.ts';
import { type ChooseProject, findProject, type IdOrName, requireProjectDomain } from './project.ts';
import { saveLogin } from './save.ts';
import { keystone, type ProjectToken, requireProjectToken } from './services.ts';
import type { SecretStore } from './session.ts';
import { checkState, type SavedSession } from './state.ts';
import { checkWritable } from './state-file.ts';
import { openStore } from './store.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
  /** Keystone's ids, instead of the name and of the domain of the settings. */
  readonly userId?: string | undefined;
  readonly userDomainId?: string | undefined;
}

export interface SignIn {
  /** Called only after the store has been verified. */
  readonly login: () => Promise<Login>;
  /** Name or id; undefined: that of the settings, the only one, or the chosen one. */
  readonly project?: string | undefined;
  /** Of a project that is given by its name. */
  readonly projectDomain?: IdOrName | undefined;
  readonly chooseProject: ChooseProject;
  readonly info: (text: string) => void;
  readonly warn: (text: string) => void;
}

export interface SignedIn {
  readonly session: SavedSession;
  /** Warnings for the user. */
  readonly notices: readonly string[];
}

/**
 * Logs in at LDAP and Keystone, and creates an application credential. The password is sent only to these
 * two and is not stored. A failed login does not change the existing session.
 *
 * Throws LOGIN_REFUSED, NOT_ALLOWED, NO_PROJECT, UNREACHABLE, TLS_UNTRUSTED, KEYCHAIN_UNAVAILABLE and
 * CONFIGURATION.
 */
export async function signIn(
  dependencies: SessionDependencies,
  request: SignIn,
): Promise<SignedIn> {
  const { settings, http } = dependencies;
  const authUrl = requireAuthUrl(dependencies);
  const store = await openWritableStore(dependencies);
  const identity = keystone(http, authUrl);
  const { username, password, ...ids } = await request.login();
  if (password.trim() === '') {
    throw new NubesError('LOGIN_REFUSED', 'The password is empty.', { hint: 'nubes-nb login' });
  }
  const user = await authenticateWithLdap(dependencies, { username, password }, request.info);
  // Now, since a login with an expired password is used up even if Keystone refuses it.
  for (const warning of user.warnings) request.warn(warning);
  const login = { ...ids, username: user.username, password };

  request.info(`Asking Keystone at ${new URL(authUrl).host}...`);
  const { userDomain } = settings.openstack;
  const unscoped = await unscopedToken(
    identity,
    { ...login, userDomain },
    settings.ldap !== undefined,
  );
  const wanted = request.project ?? settings.openstack.project;
  const project = await findProject(
    await listProjects(identity, unscoped.id),
    wanted,
    request.chooseProject,
  );
  const token = await scopeToProject(identity, unscoped, project, { ...login, userDomain });
  requireProjectDomain(token.project, request.projectDomain);
  return saveProjectToken(dependencies, identity, store, { authUrl, token, groups: user.groups });
}

/** Stores a session for the project token of a password login. */
async function saveProjectToken(
  dependencies: SessionDependencies,
  identity: Service,
  store: SecretStore,
  { authUrl, token, groups }: { authUrl: string; token: ProjectToken; groups: readonly string[] },
): Promise<SignedIn> {
  const { settings, world } = dependencies;
  const { openstack } = settings;
  const { ttlMs } = settings.session;
  const notices = clockNotices(token, world);
  const now = token.issuedAt ?? world.now();
  const loginCredential = await createLoginCredential(identity, token, {
    hostname: world.hostname,
    ttlMs,
    now,
  });
  const session = await saveLogin(dependencies, identity, store, {
    authUrl,
    region: openstack.region,
    interface: openstack.interface,
    token,
    loginCredential,
    groups,
    createdByLogin: true,
  });
  const { credential, refusal } = loginCredential;
  if (credential === undefined) {
    notices.push(
      `${whyTokenOnly(refusal)}, so the session ends with its token: ${formatExpiry(token.expiresAt, now)}.`,
    );
  }
  return { session, notices };
}

/** The store, verified to be writable before the user types a password. */
export async function openWritableStore(dependencies: SessionDependencies): Promise<SecretStore> {
  const { settings, places, world } = dependencies;
  checkOwnFolder(places.state, world.userId);
  await checkWritable(places.state);
  await checkState(places.state);
  const store = await openStore(dependencies, settings.session.store);
  await store.probe();
  return store;
}

async function authenticateWithLdap(
  { settings, world }: SessionDependencies,
  login: Login,
  info: SignIn['info'],
): Promise<AuthenticatedUser> {
  if (settings.ldap === undefined) return { username: login.username, groups: [], warnings: [] };
  info('Asking LDAP...');
  const { authenticate } = await import('../directory/authenticate.ts');
  return authenticate(settings.ldap, login, world.environment['NUBES_NB_LDAP_SEARCH_PASSWORD']);
}

async function unscopedToken(
  identity: Service,
  login: Login & { userDomain: string },
  knownToLdap: boolean,
): Promise<Token> {
  try {
    return await passwordToken(identity, login);
  } catch (error) {
    if (!isStatus(error, 401)) throw error;
    const { requestId } = error;
    if (!knownToLdap) throw refusedByKeystone(login, requestId);
    throw new NubesError(
      'LOGIN_REFUSED',
      `LDAP accepts the login, but Keystone does not know ${login.username} in the domain ${login.userDomain}, or refuses the password.`,
      { hint: 'check openstack.user_domain, or ask the cloud team', requestId },
    );
  }
}

/** Keystone does not say which of them is wrong; the domain of a newcomer's settings is a default. */
function refusedByKeystone(
  { username, userDomain, userId, userDomainId }: Login & { userDomain: string },
  requestId: string | undefined,
): NubesError {
  if (userId !== undefined || userDomainId !== undefined) {
    return new NubesError('LOGIN_REFUSED', 'The user ID or the password is wrong.', {
      hint: 'check both, then try again: nubes-nb login',
      requestId,
    });
  }
  const reason = `The user ID or the password is wrong, or ${username} is not in the domain ${userDomain}.`;
  return new NubesError('LOGIN_REFUSED', reason, {
    hint: 'try again with nubes-nb login, or name the domain: nubes-nb config set openstack.user_domain NAME',
    requestId,
  });
}

/** Some sites forbid rescoping a token; then the password is used again, for the project. */
async function scopeToProject(
  identity: Service,
  unscoped: Token,
  project: { id: string; name: string },
  login: Login & { userDomain: string },
): Promise<ProjectToken> {
  try {
    const token = await rescope(identity, unscoped.id, project).catch((error: unknown) => {
      if (!isStatus(error, 403)) throw error;
      return passwordToken(identity, { ...login, project: { id: project.id } });
    });
    return requireProjectToken(token);
  } catch (error) {
    if (!isStatus(error, 401) && !isStatus(error, 403)) throw error;
    throw new NubesError('NO_PROJECT', `Keystone refuses access to the project ${project.name}.`, {
      hint: 'ask your cloud team for a role in it, or choose another with nubes-nb login --project NAME',
      requestId: error.requestId,
    });
  }
}

function requireAuthUrl({ settings, places }: SessionDependencies): string {
  const { authUrl } = settings.openstack;
  if (authUrl !== undefined) return authUrl;
  const file = places.config ?? 'the file of: nubes-nb config path';
  throw new NubesError('CONFIGURATION', 'openstack.auth_url is not set.', {
    hint: `set site = "stfc", or auth_url in [openstack], in ${file}; to try nubes-nb without a cloud: nubes-nb sandbox run -- nubes-nb login`,
  });
}

function whyTokenOnly(refusal: ApiError | undefined): string {
  // 401: the authentication method is switched off.
  if (refusal === undefined || [401, 403, 404].includes(refusal.status)) {
    return 'This cloud does not allow application credentials';
  }
  return `Keystone made no application credential (${withoutStop(refusal.message)})`;
}
