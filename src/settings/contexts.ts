import { join } from 'node:path';
import { contextsFile, namesFolder, offeredNames } from '../completion/layout.ts';
import { editNames } from '../completion/name-file.ts';
import { NubesError } from '../errors.ts';
import type { GlobalFlags, World } from '../world.ts';
import type { SourcedValue } from './layer.ts';
import { findPlaces, namedConfigFile } from './places.ts';
import { readSources, resolve, type Sources } from './sources.ts';

/** A row of `context list`. */
export interface ContextSummary {
  readonly name: string;
  readonly current: boolean;
  readonly authUrl: string | null;
  readonly project: string | null;
}

/** What the settings are called if no context is selected, unless a [contexts.default] has the name. */
export const noContext = 'default';

/** The settings without a context, then all [contexts.NAME] of both files. A selected context that does not exist is not an error here. */
export async function listContexts(
  world: World,
  flags: GlobalFlags,
): Promise<{ readonly contexts: readonly ContextSummary[]; readonly warnings: readonly string[] }> {
  const sources = await readSources(world, flags);
  await recordContexts(world, flags, sources);
  const current = chosenContext(flags, sources)?.value ?? noContext;
  const names = new Set([noContext, ...contextNames(sources)]);
  const contexts = [...names].map((name) => {
    const resolved = resolve(sources, name);
    const text = (key: string) => String(resolved.get(key)?.value ?? '') || null;
    return {
      name,
      current: name === current,
      authUrl: text('openstack.auth_url'),
      project: text('openstack.project'),
    };
  });
  return { contexts, warnings: sources.warnings };
}

/** Undefined: none is selected. Precedence: `--context`, NUBES_NB_CONTEXT, the user's file, the site's file. */
export function chosenContext(flags: GlobalFlags, sources: Sources): SourcedValue | undefined {
  const chosen = namedContext(flags, sources);
  const isNone = chosen?.value === noContext && !contextNames(sources).includes(noContext);
  return isNone ? undefined : chosen;
}

function namedContext(flags: GlobalFlags, sources: Sources): SourcedValue | undefined {
  if (flags.context !== undefined) {
    return { value: flags.context, origin: '--context', position: '--context' };
  }
  const { variables, user, site } = sources;
  return [variables, user?.base, site?.base]
    .map((layer) => layer?.get('context'))
    .find((given) => given !== undefined);
}

/**
 * Keeps the names for the shells' completion: first the context that is used if neither a flag nor a variable
 * names one, then all.
 */
export async function recordContexts(
  world: World,
  flags: GlobalFlags,
  sources: Sources,
): Promise<void> {
  const file = contextsFile(namedConfigFile(world, flags)?.path);
  const { cache } = findPlaces(world, flags);
  if (file === undefined || cache === undefined) return;
  const path = join(cache, namesFolder, file);
  const { user, site } = sources;
  const chosen = user?.base.get('context') ?? site?.base.get('context');
  const [current = ''] = chosen === undefined ? [] : offeredNames([String(chosen.value)]);
  const names = offeredNames(contextNames(sources));
  const isEmpty = current === '' && names.length === 0;
  const text = [current, ...names, ''].join('\n');
  await editNames(path, (before) => (isEmpty && before === '' ? '' : text), world.userId);
}

export function contextNames({ user, site }: Sources): readonly string[] {
  return [...new Set([...(user?.contexts.keys() ?? []), ...(site?.contexts.keys() ?? [])])].sort();
}

/** Throws CONFIGURATION with the known contexts for an unknown one. */
export function requireContext(context: SourcedValue, sources: Sources): void {
  const names = contextNames(sources);
  if (names.includes(String(context.value)) || context.value === noContext) return;
  const known = names.length === 0 ? 'none is defined' : `known: ${names.join(', ')}`;
  throw new NubesError(
    'CONFIGURATION',
    `${context.position}: there is no context "${context.value}"; ${known}.`,
    { hint: 'nubes-nb context list' },
  );
}
