import { join } from 'node:path';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';
import { readYaml } from './yaml-file.ts';

type Mapping = Readonly<Record<string, unknown>>;
type CloudsWorld = Pick<World, 'environment' | 'home' | 'cwd' | 'platform'>;

export interface Cloud {
  /** With underscores in the names of its keys and of those of `auth`. */
  readonly cloud: Mapping;
  readonly notices: readonly string[];
}

/**
 * A cloud of clouds.yaml as openstacksdk reads it: secure.yaml overrides it, it overrides its profile in
 * clouds-public.yaml, and the values of the region override both. Each file is the first of its name in the
 * standard folders. Throws CONFIGURATION.
 */
export async function readCloud(
  world: CloudsWorld,
  name: string,
  region: string | undefined,
): Promise<Cloud> {
  const found = await findFile(world, 'clouds', 'OS_CLIENT_CONFIG_FILE');
  if (found === undefined) {
    throw invalid(
      'OS_CLOUD is set, but there is no clouds.yaml.',
      `searched: ${candidateFiles(world, 'clouds', 'OS_CLIENT_CONFIG_FILE').join(', ')}`,
    );
  }
  const { file, document } = found;
  const clouds = section(document['clouds'], `clouds in ${file}`);
  if (!Object.hasOwn(clouds, name)) {
    const names = Object.keys(clouds).join(', ') || 'none';
    throw invalid(`${file} has no cloud named ${name}.`, `its clouds: ${names}`);
  }
  const secure = await findFile(world, 'secure', 'OS_CLIENT_SECURE_FILE');
  const ofSecure = mapping(mapping(secure?.document['clouds'])[name]);
  const ofClouds = section(clouds[name], `The cloud ${name} in ${file}`);
  section(ofClouds['auth'], `auth of the cloud ${name} in ${file}`);
  const own = merge(normalized(ofClouds), normalized(ofSecure));
  const { profile, notices } = await readProfile(world, own, name);
  return { cloud: withRegion(merge(profile, own), name, region), notices };
}

/** The name of the only cloud of clouds.yaml, which is used if no variable describes a login. */
export async function onlyCloud(
  world: CloudsWorld,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const selectors = ['region_name', 'client_config_file', 'client_secure_file', 'cloud_name'];
  if (Object.keys(variables).some((key) => !selectors.includes(key))) return undefined;
  const found = await findFile(world, 'clouds', 'OS_CLIENT_CONFIG_FILE');
  const [name, ...others] = Object.keys(mapping(found?.document['clouds']));
  return others.length === 0 ? name : undefined;
}

/** A mapping; any other value becomes an empty one. */
export function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

/** The same, but only for a section without a value; any other is refused. */
function section(value: unknown, what: string): Mapping {
  if (isMapping(value)) return value;
  if (value === null || value === undefined) return {};
  throw invalid(`${what} is not a mapping.`, 'write it as lines of a name, a colon and a value');
}

/** The texts of a mapping of clouds.yaml. Throws CONFIGURATION for a value that YAML changes. */
export function textsOf(
  values: Readonly<Record<string, unknown>>,
  cloud: string | undefined,
  prefix = '',
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      if (typeof value === 'string') return value === '' ? [] : [[key, value]];
      if (value === null || value === undefined || prefix === '') return [];
      throw invalid(
        `${prefix}${key} of the cloud ${cloud} in clouds.yaml is not text.`,
        'put the value in quotation marks',
      );
    }),
  );
}

/** The profiles that openstacksdk contains: their values are not known here. */
const builtInProfiles = new Set([
  ...['auro', 'betacloud', 'binero', 'bluebox', 'catalyst', 'citycloud', 'conoha', 'dreamcompute'],
  ...['elastx', 'entercloudsuite', 'fuga', 'ibmcloud', 'infomaniak', 'internap', 'leafcloud'],
  ...['limestonenetworks', 'otc', 'otc-swiss', 'ovh', 'ovh-us', 'rackspace', 'swarco', 'swarm'],
  ...['switchengines', 'telstra', 'ultimum', 'unitedstack', 'vexxhost', 'zetta'],
]);

async function readProfile(
  world: CloudsWorld,
  own: Mapping,
  name: string,
): Promise<{ profile: Mapping; notices: readonly string[] }> {
  const profile = own['profile'] ?? own['cloud'];
  if (typeof profile !== 'string') return { profile: {}, notices: [] };
  const found = await findFile(world, 'clouds-public', undefined);
  const shared = mapping(found?.document['public-clouds']);
  if (Object.hasOwn(shared, profile)) {
    return { profile: normalized(mapping(shared[profile])), notices: [] };
  }
  if (builtInProfiles.has(profile) || profile.includes('://')) {
    throw invalid(
      `The cloud ${name} uses the profile ${profile}, which is not in clouds-public.yaml.`,
      `copy auth_url and the other values of the profile into the cloud; openstack --os-cloud ${name} configuration show prints them`,
    );
  }
  return { profile: {}, notices: [`The profile ${profile} of the cloud ${name} was not found.`] };
}

/** The first region of a list is the default, as for the client. */
function withRegion(cloud: Mapping, name: string, wanted: string | undefined): Mapping {
  const { regions, ...rest } = cloud;
  const listed = Array.isArray(regions) ? regions : namesOf(cloud['region_name']);
  const known = listed.map(
    (each): Mapping => (isMapping(each) ? normalized(each) : { name: each }),
  );
  if (known.length === 0) return rest;
  const chosen = wanted === undefined ? known[0] : known.find((each) => each['name'] === wanted);
  if (chosen === undefined) {
    throw invalid(
      `The cloud ${name} has no region ${wanted}.`,
      `set OS_REGION_NAME to one of: ${known.map((each) => each['name']).join(', ')}`,
    );
  }
  return { ...merge(rest, mapping(chosen['values'])), region_name: chosen['name'] };
}

function namesOf(region: unknown): readonly unknown[] {
  if (Array.isArray(region)) return region;
  return typeof region === 'string' && region !== '' ? region.split(',') : [];
}

async function findFile(
  world: CloudsWorld,
  name: string,
  variable: string | undefined,
): Promise<{ file: string; document: Mapping } | undefined> {
  const key = name === 'clouds-public' ? 'public-clouds' : 'clouds';
  for (const file of candidateFiles(world, name, variable)) {
    const value = await readYaml(file);
    if (value === undefined) continue;
    if (isMapping(value)) return { file, document: value };
    throw invalid(
      `${file} is not a mapping with the key ${key}.`,
      `begin it with the line ${key}:`,
    );
  }
  return undefined;
}

function candidateFiles(
  { environment, home, cwd, platform }: CloudsWorld,
  name: string,
  variable: string | undefined,
): string[] {
  const only = variable === undefined ? undefined : environment[variable];
  if (only) return [only];
  const config = environment['XDG_CONFIG_HOME'];
  const inHome = (...names: string[]) => (home === undefined ? [] : [join(home, ...names)]);
  const folders = [
    cwd,
    ...(platform === 'darwin' ? inHome('Library', 'Application Support', 'openstack') : []),
    ...(config ? [join(config, 'openstack')] : []),
    ...inHome('.config', 'openstack'),
    '/etc/openstack',
  ];
  return [...new Set(folders)].flatMap((folder) =>
    ['yaml', 'yml', 'json'].map((ending) => join(folder, `${name}.${ending}`)),
  );
}

/** `auth-url` is `auth_url`. */
function normalized(values: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key.replaceAll('-', '_'),
      key === 'auth' && isMapping(value) ? normalized(value) : value,
    ]),
  );
}

function merge(base: Mapping, override: Mapping): Mapping {
  const entries = Object.entries(override).map(([key, value]) => {
    const baseValue = Object.hasOwn(base, key) ? base[key] : undefined;
    return [key, isMapping(value) && isMapping(baseValue) ? merge(baseValue, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}
