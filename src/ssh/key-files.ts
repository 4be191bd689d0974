import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../world.ts';
import { fingerprintOf } from './key-digest.ts';
import { readPublicKey } from './public-key.ts';

/** Bounds the time in a folder with a great many keys. */
const maxFiles = 100;

/** The key in `~/.ssh` with this fingerprint, without `.pub`. */
export function findKeyFile(
  { home }: Pick<World, 'home'>,
  fingerprint: string,
): string | undefined {
  if (home === undefined) return undefined;
  const folder = join(home, '.ssh');
  const found = publicFiles(folder).find((file) => {
    const line = readPublicKey(join(folder, file));
    return line !== undefined && fingerprintOf(line) === fingerprint;
  });
  return found === undefined ? undefined : join(folder, found.slice(0, -'.pub'.length));
}

function publicFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.pub'))
      .slice(0, maxFiles);
  } catch {
    return [];
  }
}
