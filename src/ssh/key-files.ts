import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../world.ts';
import { fingerprintOf } from './key-digest.ts';
import { readPublicKey } from './public-key.ts';

/** Bounds the time in a folder with a great many keys. */
const maxFiles = 100;

/** The key in `~/.ssh` with a fingerprint, without `.pub`. */
export type KeyFiles = (fingerprint: string) => string | undefined;

/** The folder is read once, when the first key is looked for. */
export function openKeyFiles({ home }: Pick<World, 'home'>): KeyFiles {
  let found: ReadonlyMap<string, string> | undefined;
  return (fingerprint) => {
    found ??= home === undefined ? new Map() : readKeyFiles(join(home, '.ssh'));
    return found.get(fingerprint);
  };
}

/** By fingerprint; of several files with one key, the first. */
function readKeyFiles(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of publicFiles(folder)) {
    const line = readPublicKey(join(folder, name));
    const fingerprint = line === undefined ? undefined : fingerprintOf(line);
    if (fingerprint === undefined || files.has(fingerprint)) continue;
    files.set(fingerprint, join(folder, name.slice(0, -'.pub'.length)));
  }
  return files;
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
