import type { GlobalFlags, World } from '../world.ts';
import { chosenContext, recordContexts, requireContext } from './contexts.ts';
import { type Key, keys } from './keys.ts';
import type { Layer, SourcedValue } from './layer.ts';
import { absolute } from './places.ts';
import { checkRules, ldapTlsMode, ruleWarnings, usernameAttribute } from './rules.ts';
import type { LoadedSettings, SettingEntry } from './settings.ts';
import { shapeSettings } from './shape.ts';
import { readSources, resolve } from './sources.ts';

/** The effective settings, each with its origin. Throws CONFIGURATION with file, line and key. */
export async function loadSettings(world: World, flags: GlobalFlags): Promise<LoadedSettings> {
  const sources = await readSources(world, flags);
  await recordContexts(world, flags, sources);
  const context = chosenContext(flags, sources);
  if (context !== undefined) requireContext(context, sources);
  const name = context === undefined ? undefined : String(context.value);

  const resolved = resolve(sources, name);
  checkRules(resolved);
  return deepFreeze({
    settings: shapeSettings(world, resolved, name),
    entries: keys.map((key) => entryOf(key, world, resolved, context)),
    warnings: [...sources.warnings, ...ruleWarnings(resolved)],
  });
}

/** Where the settings that are not defaults come from. */
export function originsOf({ entries }: LoadedSettings): string {
  const origins = new Set(entries.map(({ origin }) => origin).filter((each) => each !== 'default'));
  return [...origins].join(', ') || 'none but defaults';
}

function entryOf(
  key: Key,
  world: World,
  resolved: Layer,
  context: SourcedValue | undefined,
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
  const value = dependentDefault(key, resolved) ?? key.defaultValue ?? null;
  return { key: key.name, value, origin: 'default' };
}

/** The defaults that depend on other settings. */
function dependentDefault({ name }: Key, resolved: Layer): string | undefined {
  if (name === 'ldap.tls') return ldapTlsMode(resolved);
  return name === 'ldap.username_attribute' ? usernameAttribute(resolved) : undefined;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
