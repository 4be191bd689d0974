import { NubesError } from '../errors.ts';
import { list } from '../openstack/identity/application-credentials.ts';
import { listProjects } from '../openstack/identity/projects.ts';
import { credentialToken, rescope } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import type { World } from '../world.ts';
import { clockNotices } from './clock.ts';
import { mapping, readCloud } from './clouds-yaml.ts';
import type { LoginCredential } from './credential.ts';
import type { SessionDependencies } from './dependencies.ts';
import { findProject } from './project.ts';
import { saveLogin } from './save.ts';
import {
  identityUrl,
  isRefusal,
  keystone,
  type ProjectToken,
  requireProjectToken,
} from './services.ts';
import { openWritableStore, type SignedIn, type SignIn, signIn } from './sign-in.ts';

type Auth = Readonly<Record<string, string | undefined>>;

/** The login in OS_* variables or a cloud of clouds.yaml. */
interface OpenstackLogin {
  readonly type: 'password' | 'token' | 'credential';
  readonly authUrl: string;
  readonly auth: Auth;
  readonly region: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
  readonly notices: readonly string[];
}

export interface EnvironmentSignIn extends Pick<SignIn, 'project' | 'chooseProject' | 'info'> {
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
  const login = await readLogin(dependencies.world);
  const withCloud = withCloudOf(dependencies, login);
  const { type, auth, notices } = login;
  const project = request.project ?? auth['project_id'] ?? auth['project_name'];
  if (type === 'password') {
    const username = required(auth, 'username');
    const signedIn = await signIn(withCloud, {
      ...request,
      project,
      login: async () => ({
        username,
        password: auth['password'] ?? (await request.askPassword(username)),
      }),
    });
    return { ...signedIn, notices: [...notices, ...signedIn.notices] };
  }
  const store = await openWritableStore(withCloud);
  const identity = keystone(withCloud.http, login.authUrl);
  request.info(`Asking Keystone at ${new URL(login.authUrl).host}...`);
  const grant =
    type === 'credential'
      ? await byCredential(identity, auth)
      : await byToken(identity, required(auth, 'token'), project, request.chooseProject);
  const { authUrl, region } = login;
  const session = await saveLogin(withCloud, identity, store, {
    ...grant,
    authUrl,
    region,
    interface: login.interface,
    createdByLogin: false,
  });
  return { session, notices: [...notices, ...clockNotices(grant.token, dependencies.world)] };
}

type Grant = { readonly token: ProjectToken; readonly loginCredential: LoginCredential };

async function byCredential(identity: Service, auth: Auth): Promise<Grant> {
  const id = required(auth, 'application_credential_id');
  const secret = required(auth, 'application_credential_secret');
  const token = requireProjectToken(await credentialToken(identity, { id, secret }).catch(refused));
  const all = await list(identity, token.id, token.user.id).catch(() => []);
  const expiresAt = all.find((each) => each.id === id)?.expiresAt;
  return {
    token,
    loginCredential: { credential: { id, secret, name: undefined, expiresAt }, token },
  };
}

async function byToken(
  identity: Service,
  tokenId: string,
  wanted: string | undefined,
  chooseProject: SignIn['chooseProject'],
): Promise<Grant> {
  const projects = await listProjects(identity, tokenId).catch(refused);
  const project = await findProject(projects, wanted, chooseProject);
  const token = requireProjectToken(await rescope(identity, tokenId, project).catch(refused));
  return { token, loginCredential: { credential: undefined, token } };
}

function refused(error: unknown): never {
  if (!isRefusal(error)) throw error;
  throw new NubesError('LOGIN_REFUSED', 'Keystone does not accept the login of the environment.', {
    hint: 'try the same with: openstack token issue',
    requestId: error.requestId,
  });
}

async function readLogin(world: World): Promise<OpenstackLogin> {
  const { environment } = world;
  const cloud = environment['OS_CLOUD']
    ? await readCloud(world, environment['OS_CLOUD'])
    : asCloud(environment);
  const auth = stringsOf(mapping(cloud['auth']));
  const authUrl = auth['auth_url'];
  if (authUrl === undefined || !URL.canParse(authUrl)) {
    throw invalid(
      'The environment does not define an OpenStack cloud.',
      'set OS_CLOUD, or OS_AUTH_URL and the other OS_* variables',
    );
  }
  const { region_name: region, interface: wanted, auth_type: type, cacert } = stringsOf(cloud);
  const notices = [
    ...(cacert
      ? ['The CA file of the environment is not used; set openstack.ca_file instead.']
      : []),
    ...(cloud['verify'] === false
      ? ['Certificates are verified in spite of verify: false in clouds.yaml.']
      : []),
  ];
  return {
    type: loginType(type, auth),
    authUrl,
    auth,
    region,
    interface: wanted === 'internal' || wanted === 'admin' ? wanted : 'public',
    notices,
  };
}

/** OS_* variables as a cloud of clouds.yaml: OS_USERNAME is `auth.username`. */
function asCloud(environment: World['environment']): Readonly<Record<string, unknown>> {
  const settings = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('OS_') && value ? [[name.slice(3).toLowerCase(), value] as const] : [],
  );
  const auth = Object.fromEntries(settings);
  return { ...auth, auth };
}

function loginType(type: string | undefined, auth: Auth): OpenstackLogin['type'] {
  const kind = type ?? (auth['application_credential_id'] ? 'v3applicationcredential' : 'password');
  if (kind === 'v3applicationcredential') return 'credential';
  if (kind === 'token' || kind === 'v3token') return 'token';
  if (kind === 'password' || kind === 'v3password') return 'password';
  throw invalid(
    `The auth_type ${kind} of the environment is not supported.`,
    'supported: password, v3applicationcredential, v3token',
  );
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
    identityUrl(openstack.authUrl) !== identityUrl(login.authUrl)
  ) {
    throw invalid(
      `The environment's cloud is ${login.authUrl}, but openstack.auth_url is ${openstack.authUrl}.`,
      'use another context: --context NAME',
    );
  }
  const authUrl = openstack.authUrl ?? login.authUrl;
  const region = login.region ?? openstack.region;
  const userDomain = domainOf(login.auth) ?? openstack.userDomain;
  const changed = { ...openstack, authUrl, region, interface: login.interface, userDomain };
  return { ...dependencies, settings: { ...settings, ldap: undefined, openstack: changed } };
}

function domainOf(auth: Auth): string | undefined {
  const name = auth['user_domain_name'] ?? auth['domain_name'];
  const id = auth['user_domain_id'];
  if (name !== undefined || id === undefined) return name;
  if (id === 'default') return 'Default';
  throw invalid(
    'The user domain is set by id, which is not supported.',
    'set user_domain_name (OS_USER_DOMAIN_NAME)',
  );
}

function required(auth: Auth, key: string): string {
  const value = auth[key];
  if (value !== undefined) return value;
  throw invalid(
    `The login of the environment has no ${key}.`,
    `set OS_${key.toUpperCase()}, or auth.${key}`,
  );
}

function stringsOf(values: Readonly<Record<string, unknown>>): Auth {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      (typeof value === 'string' && value !== '') || typeof value === 'number'
        ? [[key, String(value)]]
        : [],
    ),
  );
}

function invalid(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}
