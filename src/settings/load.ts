import type { GlobalFlags, World } from '../world.ts';
import { type Key, keys } from './keys.ts';
import type { Given, Layer } from './layer.ts';
import { absolute } from './places.ts';
import { checkRules, doubts, ldapProtection } from './rules.ts';
import type { LoadedSettings, SettingEntry } from './settings.ts';
import { shapeSettings } from './shape.ts';
import { chosenContext, readSources, requireContext, resolve } from './sources.ts';

/**
 * Settings after precedence, each value with its origin. Throws CONFIGURATION naming file, line, key
 * and what is expected.
 */
export async function loadSettings(world: World, flags: GlobalFlags): Promise<LoadedSettings> {
  const sources = await readSources(world, flags);
  const context = chosenContext(flags, sources);
  if (context !== undefined) requireContext(context, sources);
  const name = context === undefined ? undefined : String(context.value);

  const resolved = resolve(sources, name);
  checkRules(resolved);
  return deepFreeze({
    settings: shapeSettings(world, resolved, name),
    entries: keys.map((key) => entryOf(key, world, resolved, context)),
    warnings: [...sources.warnings, ...doubts(resolved)],
  });
}

function entryOf(
  key: Key,
  world: World,
  resolved: Layer,
  context: Given | undefined,
): SettingEntry {
  const given = key.name === 'context' ? context : resolved.get(key.name);
  if (given !== undefined) {
    const { value, origin, folder = world.cwd } = given;
    const shown =
      key.kind.isPath === true && typeof value === 'string'
        ? absolute(world, value, folder)
        : value;
    return { key: key.name, value: shown, origin };
  }
  const initial = key.name === 'ldap.tls' ? ldapProtection(resolved) : key.initial;
  return { key: key.name, value: initial ?? null, origin: 'default' };
}

function deepFreeze<Thing>(thing: Thing): Thing {
  if (typeof thing !== 'object' || thing === null || Object.isFrozen(thing)) return thing;
  Object.freeze(thing);
  for (const part of Object.values(thing)) deepFreeze(part);
  return thing;
}
