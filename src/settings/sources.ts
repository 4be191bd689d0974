import { NubesError } from '../errors.ts';
import type { GlobalFlags, World } from '../world.ts';
import { readSettingsFile } from './files.ts';
import { keys } from './keys.ts';
import { type FileLayers, type Given, type Layer, layersOf } from './layer.ts';
import { configFile, namedConfigFile, siteConfigFile } from './places.ts';
import { type Profile, profiles } from './profiles/profiles.ts';
import { variablesLayer } from './variables.ts';

/** Everything that says something, read once. */
export interface Sources {
  readonly variables: Layer;
  readonly user: FileLayers | undefined;
  readonly site: FileLayers | undefined;
  readonly warnings: readonly string[];
}

/** Reads both files and the variables. Throws CONFIGURATION; a user file that is not there is fine unless it was named. */
export async function readSources(world: World, flags: GlobalFlags): Promise<Sources> {
  const named = namedConfigFile(world, flags);
  const [userFile, siteFile] = await Promise.all([
    readSettingsFile(configFile(world, flags)),
    readSettingsFile(siteConfigFile(world)),
  ]);
  if (named !== undefined && userFile === undefined) {
    throw new NubesError(
      'CONFIGURATION',
      `The settings file ${named.path}, named by ${named.by}, does not exist.`,
      { hint: `give a file that exists, or leave ${named.by} out` },
    );
  }
  const site = siteFile && (await layersOf(siteFile));
  const user = userFile && (await layersOf(userFile));
  const { layer: variables, warnings } = await variablesLayer(world);
  return {
    variables,
    user,
    site,
    warnings: [...(site?.warnings ?? []), ...(user?.warnings ?? []), ...warnings],
  };
}

/** `--context` > NUBES_NB_CONTEXT > the user file > the site file. */
export function chosenContext(flags: GlobalFlags, sources: Sources): Given | undefined {
  if (flags.context !== undefined) {
    return { value: flags.context, origin: '--context', place: '--context' };
  }
  const { variables, user, site } = sources;
  return [variables, user?.base, site?.base]
    .map((layer) => layer?.get('context'))
    .find((given) => given !== undefined);
}

export function contextNames({ user, site }: Sources): readonly string[] {
  return [...new Set([...(user?.contexts.keys() ?? []), ...(site?.contexts.keys() ?? [])])].sort();
}

/** Throws CONFIGURATION, naming those there are, for a context that is not there. */
export function requireContext(context: Given, sources: Sources): void {
  const names = contextNames(sources);
  if (names.includes(String(context.value))) return;
  const there = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`;
  throw new NubesError(
    'CONFIGURATION',
    `${context.place}: no context is called "${context.value}"; ${there}.`,
    { hint: 'nubes-nb context list' },
  );
}

/** The value of every key that anything but the defaults speaks of; nearer sources win. */
export function resolve(sources: Sources, context: string | undefined): Layer {
  const inContext = (file: FileLayers | undefined) =>
    context === undefined ? undefined : file?.contexts.get(context);
  const { variables, user, site } = sources;
  const layers = [variables, inContext(user), user?.base, inContext(site), site?.base];
  const nearest = (name: string) =>
    layers.map((layer) => layer?.get(name)).find((given) => given !== undefined);

  const profile = profileLayer(nearest('site'));
  const resolved = new Map<string, Given>();
  for (const { name } of keys) {
    const given = nearest(name) ?? profile.get(name);
    if (given !== undefined) resolved.set(name, given);
  }
  return resolved;
}

function profileLayer(site: Given | undefined): Layer {
  if (site === undefined) return new Map();
  const profile = requireProfile(String(site.value), site.place);
  const origin = `profile ${site.value}`;
  return new Map(
    Object.entries(profile).map(([name, value]) => [name, { value, origin, place: origin }]),
  );
}

/** Throws CONFIGURATION, naming the known ones, for an unknown profile. */
export function requireProfile(name: string, place: string): Profile {
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  throw new NubesError(
    'CONFIGURATION',
    `${place}: no site profile is called "${name}"; known: ${[...profiles.keys()].join(', ')}.`,
    { hint: 'nubes-nb config unset site, or set openstack.auth_url yourself' },
  );
}
