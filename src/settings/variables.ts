import type { World } from '../world.ts';
import { keys, looksSecret, nearestKey, sections, variableOf } from './keys.ts';
import { type Given, type Layer, readValue, secretRefused } from './layer.ts';

/** Passwords of machines, which are read where they are needed and are no settings. */
const secretVariables = new Set(['NUBES_NB_LDAP_SEARCH_PASSWORD']);

/** What NUBES_NB_<SECTION>_<KEY> say; empty ones say nothing. Throws CONFIGURATION as files do. */
export async function variablesLayer({ environment }: World): Promise<{
  readonly layer: Layer;
  readonly warnings: readonly string[];
}> {
  const layer = new Map<string, Given>();
  for (const key of keys) {
    const name = variableOf(key.name);
    const text = environment[name];
    if (!text) continue;
    const value = readValue(key, key.kind.fromText(text), name);
    layer.set(key.name, { value, origin: name, place: name });
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
      const advice = nearest === undefined ? 'it' : `did you mean ${variableOf(nearest)}? It`;
      return `${name} is no setting; ${advice} is ignored.`;
    }),
  );
}

/** `openstack.auth_ulr` for NUBES_NB_OPENSTACK_AUTH_ULR. */
function keyLike(name: string, prefix: string): string {
  const section = [...sections].find((each) => `${variableOf(each)}_` === prefix) ?? '';
  return `${section}.${name.slice(prefix.length).toLowerCase()}`;
}
