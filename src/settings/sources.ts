import { commandLine } from '../command-line.ts';
import { NubesError } from '../errors.ts';
import type { GlobalFlags, World } from '../world.ts';
import { readSettingsFile } from './files.ts';
import { keys } from './keys.ts';
import { type FileLayers, type Layer, readLayers, type SourcedValue } from './layer.ts';
import { configFile, namedConfigFile, siteConfigFile } from './places.ts';
import { type Profile, profiles } from './profiles/profiles.ts';
import { variablesLayer } from './variables.ts';

/** All sources of settings other than flags, profile and defaults. */
export interface Sources {
  readonly variables: Layer;
  readonly user: FileLayers | undefined;
  readonly site: FileLayers | undefined;
  readonly warnings: readonly string[];
}

/** Reads both files and the variables. Throws CONFIGURATION, also if a file named by the user does not exist. */
export async function readSources(world: World, flags: GlobalFlags): Promise<Sources> {
  const named = namedConfigFile(world, flags);
  const [userFile, siteFile] = await Promise.all([
    readSettingsFile(configFile(world, flags)),
    readSettingsFile(siteConfigFile(world)),
  ]);
  if (named !== undefined && userFile === undefined && flags.makesConfig !== true) {
    throw new NubesError(
      'CONFIGURATION',
      `The settings file ${named.path}, named by ${named.by}, does not exist.`,
      { hint: `name an existing file, or leave out ${named.by}` },
    );
  }
  const site = siteFile && (await readLayers(siteFile));
  const { config } = flags;
  const editor = config === undefined ? 'nubes-nb' : commandLine(['nubes-nb', '--config', config]);
  const user = userFile && (await readLayers(userFile, editor));
  const { layer: variables, warnings } = await variablesLayer(world);
  return {
    variables,
    user,
    site,
    warnings: [...(site?.warnings ?? []), ...(user?.warnings ?? []), ...warnings],
  };
}

/** The values of all keys that a source or the profile sets, from the source with the highest precedence. */
export function resolve(sources: Sources, context: string | undefined): Layer {
  const inContext = (file: FileLayers | undefined) =>
    context === undefined ? undefined : file?.contexts.get(context);
  const { variables, user, site } = sources;
  const layers = [variables, inContext(user), user?.base, inContext(site), site?.base];
  const highest = (name: string) =>
    layers.map((layer) => layer?.get(name)).find((given) => given !== undefined);

  const profile = profileLayer(highest('site'));
  const resolved = new Map<string, SourcedValue>();
  for (const { name } of keys) {
    const given = highest(name) ?? profile.get(name);
    if (given !== undefined) resolved.set(name, given);
  }
  return resolved;
}

function profileLayer(site: SourcedValue | undefined): Layer {
  if (site === undefined) return new Map();
  const profile = requireProfile(String(site.value), site);
  const origin = `profile ${site.value}`;
  return new Map(
    Object.entries(profile).map(([name, value]) => [name, { value, origin, position: origin }]),
  );
}

/** Throws CONFIGURATION with the known profiles for an unknown one. */
export function requireProfile(name: string, source: Pick<SourcedValue, 'position'>): Profile {
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  const isVariable = source.position.startsWith('NUBES_NB_');
  const remedy = `${isVariable ? `unset ${source.position}` : 'nubes-nb config unset site'}, and set openstack.auth_url instead`;
  throw new NubesError(
    'CONFIGURATION',
    `${source.position}: there is no site profile "${name}"; known: ${[...profiles.keys()].join(', ')}.`,
    { hint: remedy },
  );
}
