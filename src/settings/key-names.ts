import { type Key, keys } from './keys.ts';

const byName = new Map(keys.map((each) => [each.name, each]));

export function findKey(name: string): Key | undefined {
  return byName.get(name);
}

/** The TOML sections: `openstack`, `ldap`, `ldap.search`... */
export const sections: ReadonlySet<string> = new Set(
  keys.filter(({ name }) => name.includes('.')).map(({ name }) => name.replace(/\.[^.]+$/, '')),
);

/** Whether a key, in any section, has the name of a secret. */
export function looksSecret(name: string): boolean {
  return /pass_?(word|wd|phrase)|passwd|secret|token|credential|private_?key|api_?key/i.test(name);
}

/** The known key that is most similar to `name`. */
export async function nearestKey(name: string): Promise<string | undefined> {
  const { nearestOf } = await import('./nearest.ts');
  return nearestOf(
    name,
    keys.map((each) => each.name),
  );
}
