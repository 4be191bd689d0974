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
import { forProject, identityUrl, isRefusal, keystone, type ProjectToken } from './services.ts';
import { readyStore, type SignedIn, type SignIn, signIn } from './sign-in.ts';

type Auth = Readonly<Record<string, string | undefined>>;

/** What OS_* variables or a cloud of clouds.yaml say. */
interface OpenstackLogin {
  readonly type: 'password' | 'token' | 'credential';
  readonly authUrl: string;
  readonly auth: Auth;
  readonly region: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
  readonly notices: readonly string[];
}

export interface EnvironmentSignIn extends Pick<SignIn, 'project' | 'chooseProject' | 'info'> {
  /** For an environment that names the user only, as the files from Horizon do. */
  readonly askPassword: (username: string) => Promise<string>;
}

/**
 * Logs in with what the openstack client would use: OS_CLOUD and clouds.yaml, or OS_* variables, with
 * an application credential, a password or a token. LDAP is not asked. Throws like `signIn`.
 */
export async function fromOpenstackEnvironment(
  dependencies: SessionDependencies,
  request: EnvironmentSignIn,
): Promise<SignedIn> {
  const login = await readLogin(dependencies.world);
  const adapted = adapt(dependencies, login);
  const { type, auth, notices } = login;
  const project = request.project ?? auth['project_id'] ?? auth['project_name'];
  if (type === 'password') {
    const username = required(auth, 'username');
    const signedIn = await signIn(adapted, {
      ...request,
      project,
      login: async () => ({
        username,
        password: auth['password'] ?? (await request.askPassword(username)),
      }),
    });
    return { ...signedIn, notices: [...notices, ...signedIn.notices] };
  }
  const store = await readyStore(adapted);
  const identity = keystone(adapted.http, login.authUrl);
  request.info(`Asking Keystone at ${new URL(login.authUrl).host}...`);
  const granted =
    type === 'credential'
      ? await byCredential(identity, auth)
      : await byToken(identity, required(auth, 'token'), project, request.chooseProject);
  const { authUrl, region } = login;
  const session = await saveLogin(adapted, identity, store, {
    ...granted,
    authUrl,
    region,
    interface: login.interface,
    own: false,
  });
  return { session, notices: [...notices, ...clockNotices(granted.token, dependencies.world)] };
}

type Grant = { readonly token: ProjectToken; readonly livelihood: LoginCredential };

async function byCredential(identity: Service, auth: Auth): Promise<Grant> {
  const id = required(auth, 'application_credential_id');
  const secret = required(auth, 'application_credential_secret');
  const token = forProject(await credentialToken(identity, { id, secret }).catch(refused));
  const all = await list(identity, token.id, token.user.id).catch(() => []);
  const expiresAt = all.find((each) => each.id === id)?.expiresAt;
  return { token, livelihood: { credential: { id, secret, name: undefined, expiresAt }, token } };
}

async function byToken(
  identity: Service,
  given: string,
  wanted: string | undefined,
  chooseProject: SignIn['chooseProject'],
): Promise<Grant> {
  const projects = await listProjects(identity, given).catch(refused);
  const project = await findProject(projects, wanted, chooseProject);
  const token = forProject(await rescope(identity, given, project).catch(refused));
  return { token, livelihood: { credential: undefined, token } };
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
  const auth = textsOf(mapping(cloud['auth']));
  const authUrl = auth['auth_url'];
  if (authUrl === undefined || !URL.canParse(authUrl)) {
    throw wrong(
      'The environment names no OpenStack cloud.',
      'set OS_CLOUD, or OS_AUTH_URL and others',
    );
  }
  const { region_name: region, interface: wanted, auth_type: type, cacert } = textsOf(cloud);
  const notices = [
    ...(cacert ? ['The CA file of the environment is not used: set openstack.ca_file.'] : []),
    ...(cloud['verify'] === false ? ['Certificates are verified whatever clouds.yaml says.'] : []),
  ];
  return {
    type: kindOf(type, auth),
    authUrl,
    auth,
    region,
    interface: wanted === 'internal' || wanted === 'admin' ? wanted : 'public',
    notices,
  };
}

/** OS_* variables in the shape of a cloud: OS_USERNAME is `auth.username`. */
function asCloud(environment: World['environment']): Readonly<Record<string, unknown>> {
  const settings = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('OS_') && value ? [[name.slice(3).toLowerCase(), value] as const] : [],
  );
  const auth = Object.fromEntries(settings);
  return { ...auth, auth };
}

function kindOf(type: string | undefined, auth: Auth): OpenstackLogin['type'] {
  const kind = type ?? (auth['application_credential_id'] ? 'v3applicationcredential' : 'password');
  if (kind === 'v3applicationcredential') return 'credential';
  if (kind === 'token' || kind === 'v3token') return 'token';
  if (kind === 'password' || kind === 'v3password') return 'password';
  throw wrong(
    `The environment's auth_type ${kind} is not known here.`,
    'password, v3applicationcredential and v3token are',
  );
}

/** The same dependencies with the environment's cloud in place of the settings' own, and no LDAP. */
function adapt(dependencies: SessionDependencies, login: OpenstackLogin): SessionDependencies {
  const { settings } = dependencies;
  const { openstack } = settings;
  if (
    openstack.authUrl !== undefined &&
    identityUrl(openstack.authUrl) !== identityUrl(login.authUrl)
  ) {
    throw wrong(
      `The environment's cloud is ${login.authUrl}, but openstack.auth_url is ${openstack.authUrl}.`,
      'use a context of its own for it: --context NAME',
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
  throw wrong('The user domain is given by its id.', 'give user_domain_name (OS_USER_DOMAIN_NAME)');
}

function required(auth: Auth, key: string): string {
  const value = auth[key];
  if (value !== undefined) return value;
  throw wrong(
    `The environment's login has no ${key}.`,
    `set OS_${key.toUpperCase()}, or auth.${key}`,
  );
}

function textsOf(values: Readonly<Record<string, unknown>>): Auth {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      (typeof value === 'string' && value !== '') || typeof value === 'number'
        ? [[key, String(value)]]
        : [],
    ),
  );
}

function wrong(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}
