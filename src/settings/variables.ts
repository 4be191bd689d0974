import { variableOf } from '../setting-variable.ts';
import type { World } from '../world.ts';
import { looksSecret, nearestKey, sections } from './key-names.ts';
import { keys } from './keys.ts';
import { type Layer, readValue, type SourcedValue, secretRefused } from './layer.ts';

/** Passwords of service accounts: read by the code that uses them, and not settings. */
const secretVariables = new Set(['NUBES_NB_LDAP_SEARCH_PASSWORD']);

/** The settings of NUBES_NB_<SECTION>_<KEY>; empty ones are ignored. Throws CONFIGURATION. */
export async function variablesLayer({ environment }: World): Promise<{
  readonly layer: Layer;
  readonly warnings: readonly string[];
}> {
  const layer = new Map<string, SourcedValue>();
  for (const key of keys) {
    const name = variableOf(key.name);
    const text = environment[name];
    if (!text) continue;
    const remedy = () => `export ${name}=VALUE, or unset ${name}`;
    const value = readValue(key, key.kind.fromText(text), { position: name }, remedy);
    layer.set(key.name, { value, origin: name, position: name });
  }
  return { layer, warnings: await unknownVariables(Object.keys(environment)) };
}

async function unknownVariables(names: readonly string[]): Promise<readonly string[]> {
  const known = new Set(keys.map((key) => variableOf(key.name)));
  const prefixes = [...sections].map((section) => `${variableOf(section)}_`);
  const unknown = names
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .filter((name) => !known.has(name) && !secretVariables.has(name))
    .sort();
  return Promise.all(
    unknown.map(async (name) => {
      if (looksSecret(name)) throw secretRefused(name);
      const prefix = prefixes.find((each) => name.startsWith(each)) ?? '';
      const nearest = await nearestKey(keyLike(name, prefix));
      const advice = nearest === undefined ? '.' : `; did you mean ${variableOf(nearest)}?`;
      return `${name} is not a setting and is ignored${advice}`;
    }),
  );
}

/** NUBES_NB_OPENSTACK_AUTH_ULR as a key: `openstack.auth_ulr`. */
function keyLike(name: string, prefix: string): string {
  const section = [...sections].find((each) => `${variableOf(each)}_` === prefix) ?? '';
  return `${section}.${name.slice(prefix.length).toLowerCase()}`;
}
