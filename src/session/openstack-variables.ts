import { resolve } from 'node:path';
import { NubesError } from '../errors.ts';
import { homeOf } from '../home.ts';
import type { World } from '../world.ts';
import { mapping, onlyCloud, readCloud, textsOf } from './clouds-yaml.ts';
import type { IdOrName } from './project.ts';

type Values = Readonly<Record<string, string | undefined>>;

/** The login in OS_* variables or a cloud of clouds.yaml, as the openstack client reads it. */
export interface OpenstackLogin {
  readonly type: 'password' | 'token' | 'credential';
  readonly authUrl: string;
  readonly user: IdOrName;
  readonly userDomain: IdOrName;
  readonly project: IdOrName;
  readonly projectDomain: IdOrName;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly credential: IdOrName & { readonly secret: string | undefined };
  readonly region: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
  readonly caFile: string | undefined;
  readonly notices: readonly string[];
}

/** Throws CONFIGURATION for a login that is incomplete, or that means something only the client can do. */
export async function readLogin(
  world: World,
  projectFlag: string | undefined,
): Promise<OpenstackLogin> {
  const { environment } = world;
  const variables = variablesIn(environment);
  const name = environment['OS_CLOUD'] || (await onlyCloud(world, variables));
  const region = environment['OS_REGION_NAME'] || undefined;
  const { cloud, notices } = name
    ? await readCloud(world, name, region)
    : { cloud: {}, notices: [] };
  const options = { ...textsOf(cloud, name), ...variables };
  const auth = mergeAuth(cloud, options, variables, name);
  refuseForeign(options, auth);
  const authUrl = expandUrl(auth['auth_url'], options, name);
  const login = {
    type: loginType(options, auth),
    authUrl,
    ...scopeOf(auth, projectFlag),
    user: { id: auth['user_id'], name: auth['username'] ?? auth['user_name'] },
    password: auth['password'],
    token: auth['token'],
    credential: {
      id: auth['application_credential_id'],
      name: auth['application_credential_name'],
      secret: auth['application_credential_secret'],
    },
    region: options['region_name'],
    interface: interfaceOf(options, variables),
    caFile: caFileOf(options['cacert'], world),
  };
  return { ...login, notices: [...notices, ...noticesFor(cloud, options, variables)] };
}

/** OS_USERNAME is `username`. */
function variablesIn(environment: World['environment']): Values {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith('OS_') && value ? [[name.slice(3).toLowerCase(), value] as const] : [],
    ),
  );
}

/** Releases of the client differ in whether variables or `auth` of clouds.yaml count for these. */
const disputed = new Set([
  ...['domain_id', 'domain_name', 'user_domain_id', 'user_domain_name', 'project_domain_id'],
  ...['project_domain_name', 'project_id', 'project_name', 'tenant_id', 'tenant_name', 'token'],
]);

/** A variable, or a key beside `auth`, replaces the one in it. */
function mergeAuth(
  cloud: Readonly<Record<string, unknown>>,
  options: Values,
  variables: Values,
  name: string | undefined,
): Values {
  const file = textsOf(mapping(cloud['auth']), name, 'auth.');
  for (const [key, value] of Object.entries(file)) {
    const other = options[key];
    if (!disputed.has(key) || other === undefined || other === value) continue;
    const where = variables[key] === undefined ? `${key} beside auth` : `OS_${key.toUpperCase()}`;
    throw invalid(
      `${where} differs from auth.${key} of the cloud ${name} in clouds.yaml, and releases of the openstack client do not agree which one counts.`,
      `unset OS_${key.toUpperCase()}, or remove ${key} from clouds.yaml`,
    );
  }
  const merged: Values = { ...file, ...options };
  return { ...merged, token: merged['token'] ?? merged['auth_token'] };
}

function scopeOf(auth: Values, projectFlag: string | undefined) {
  const project = {
    id: auth['project_id'] ?? auth['tenant_id'],
    name: auth['project_name'] ?? auth['tenant_name'],
  };
  const domain = { id: auth['domain_id'], name: auth['domain_name'] };
  const isScoped = (projectFlag ?? project.id ?? project.name) !== undefined;
  if (!isScoped && auth['system_scope'] !== undefined) throw noProject('OS_SYSTEM_SCOPE');
  if (!isScoped && domain.id !== undefined) throw noProject('OS_DOMAIN_ID');
  if (!isScoped && domain.name !== undefined) throw noProject('OS_DOMAIN_NAME');
  const or = (id: string | undefined, name: string | undefined): IdOrName => ({
    id: id ?? domain.id,
    name: name ?? domain.name,
  });
  const userDomain = or(auth['user_domain_id'], auth['user_domain_name']);
  const isNamed = (userDomain.id ?? userDomain.name) !== undefined;
  return {
    project,
    userDomain: isNamed ? userDomain : { id: auth['default_domain'], name: undefined },
    projectDomain: or(auth['project_domain_id'], auth['project_domain_name']),
  };
}

function noProject(variable: string): NubesError {
  return invalid(
    `The environment sets ${variable} and no project, but a notebook is a VM of a project.`,
    'set OS_PROJECT_NAME, or add --project NAME',
  );
}

function loginType(options: Values, auth: Values): OpenstackLogin['type'] {
  const given = options['auth_type'] ?? options['auth_plugin'];
  const kind = given ?? impliedType(auth);
  if (kind === 'v3applicationcredential') return 'credential';
  if (kind === 'token' || kind === 'v3token') return 'token';
  if (kind === 'password' || kind === 'v3password') return 'password';
  throw invalid(
    `The auth_type ${kind} of the environment is not supported.`,
    'supported: password, v3password, v3applicationcredential, token, v3token',
  );
}

function impliedType(auth: Values): string {
  const isUser = (auth['username'] ?? auth['user_id']) !== undefined;
  if (auth['token'] !== undefined && isUser) {
    throw invalid(
      'The environment has a token and a user, so it does not say how to log in.',
      'set OS_AUTH_TYPE to v3token or v3password, or unset OS_TOKEN',
    );
  }
  if (auth['token'] !== undefined) return 'v3token';
  const isCredential =
    (auth['application_credential_id'] ?? auth['application_credential_name']) !== undefined;
  return isCredential && !isUser ? 'v3applicationcredential' : 'password';
}

function interfaceOf(options: Values, variables: Values): OpenstackLogin['interface'] {
  const wanted =
    variables['interface'] ?? options['endpoint_type'] ?? options['interface'] ?? 'public';
  const name = wanted.replace(/URL$/, '');
  if (name === 'public' || name === 'internal' || name === 'admin') return name;
  throw invalid(
    'The interface of the environment is none of public, internal and admin.',
    'set OS_INTERFACE=public',
  );
}

/** An absolute path, because the session keeps it; the client expands `~`. */
function caFileOf(file: string | undefined, world: World): string | undefined {
  if (file === undefined) return undefined;
  return resolve(world.cwd, /^~(?=\/|$)/.test(file) ? file.replace('~', homeOf(world)) : file);
}

/** What the client would do and this program cannot. */
function refuseForeign(options: Values, auth: Values): void {
  if (options['identity_api_version']?.startsWith('2')) {
    throw invalid(
      'The environment asks for version 2 of the Identity API, which OpenStack has removed.',
      'set OS_IDENTITY_API_VERSION=3',
    );
  }
  if (auth['trust_id'] !== undefined) {
    throw invalid(
      'The environment asks for a token of a trust, which is not supported.',
      'unset OS_TRUST_ID, or use an application credential',
    );
  }
  const override = Object.keys(options).find((key) => overrides.test(key));
  if (override === undefined) return;
  throw invalid(
    `The environment sets ${override}, which is not supported: endpoints are those of the catalog.`,
    `unset OS_${override.toUpperCase()}, or remove it from clouds.yaml`,
  );
}

const overrides =
  /^(?:identity|compute|image|network)_(?:endpoint|endpoint_override|interface|endpoint_type|region_name)$/;

function expandUrl(text: string | undefined, options: Values, cloud: string | undefined): string {
  if (text === undefined && cloud !== undefined) {
    throw invalid(
      `The cloud ${cloud} in clouds.yaml has no auth_url.`,
      'add auth_url: https://cloud.example.org:5000/v3 below auth',
    );
  }
  if (text === undefined) {
    throw invalid(
      'The environment does not define an OpenStack cloud.',
      'set OS_CLOUD, or OS_AUTH_URL and the other OS_* variables',
    );
  }
  const url = text.trim().replace(/\{(\w+)\}/g, (whole, key: string) => options[key] ?? whole);
  if (/^https?:\/\/[^\s/{}"']/i.test(url) && URL.canParse(url)) return url;
  throw invalid(
    'The auth_url of the environment is not an http or https URL.',
    isQuoted(text)
      ? 'remove the quotation marks around it: they are part of the value'
      : 'set OS_AUTH_URL to a URL such as https://cloud.example.org:5000/v3',
  );
}

function isQuoted(text: string): boolean {
  return /^(["']).*\1$/s.test(text);
}

function noticesFor(
  cloud: Readonly<Record<string, unknown>>,
  options: Values,
  variables: Values,
): string[] {
  const isInsecure =
    cloud['verify'] === false ||
    cloud['insecure'] === true ||
    /^true$/i.test(options['insecure'] ?? '');
  const named = (isMeant: (value: string, key: string) => boolean) =>
    Object.entries(variables).flatMap(([key, value = '']) =>
      isMeant(value, key) ? [`OS_${key.toUpperCase()}`] : [],
    );
  const ended = named((value, key) => /[\r\n]$/.test(value) && key !== 'auth_url');
  const quoted = named((value, key) => isQuoted(value) && !/password|secret|token/.test(key));
  const part = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`The ${what} part of it: ${names.join(', ')}.`];
  return [
    ...(options['cert'] ? ['The client certificate of the environment is not used.'] : []),
    ...(isInsecure
      ? ['Certificates are verified, although the environment switches that off.']
      : []),
    ...part('line break at the end of the value is', ended),
    ...part('quotation marks around the value are', quoted),
  ];
}

function invalid(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}
