import { existsSync } from 'node:fs';
import type { Server } from '../openstack/compute/servers.ts';
import { fingerprintOf } from '../ssh/key-digest.ts';
import type { KeyFiles } from '../ssh/key-files.ts';
import { readPublicKey } from '../ssh/public-key.ts';
import type { ConfigWorld } from '../ssh/user-config.ts';
import { metadataKeys } from './identity.ts';

interface KnownKeyFiles {
  /** Of the command that created the notebook on this computer; empty: ssh found the key by itself. */
  readonly recorded: string | undefined;
  /** Of the settings. */
  readonly setting: string | undefined;
  readonly others: KeyFiles;
}

/**
 * The key for a notebook: the recorded one if its file still exists, else the file with the fingerprint that the notebook
 * names, that of the settings or one in `~/.ssh`, else that of the settings. Undefined: ssh finds it by itself.
 */
export async function keyFileOf(
  world: ConfigWorld,
  server: Pick<Server, 'metadata'>,
  { recorded, setting, others }: KnownKeyFiles,
): Promise<string | undefined> {
  if (recorded === '') return undefined;
  if (recorded !== undefined && (recorded === setting || isThere(recorded))) return recorded;
  const fingerprint = fingerprintOn(server);
  if (fingerprint === undefined) return setting ?? recorded;
  if (setting !== undefined && hasFingerprint(setting, fingerprint)) return setting;
  const found = others(fingerprint);
  if (found === undefined) return setting ?? recorded;
  if (setting !== undefined) return found;
  const { isOffered } = await import('../ssh/keys.ts');
  return (await isOffered(world, found)) ? undefined : found;
}

function isThere(file: string): boolean {
  return [file, `${file}.pub`].some((each) => existsSync(each));
}

function hasFingerprint(file: string, fingerprint: string): boolean {
  const line = readPublicKey(file);
  return line !== undefined && fingerprintOf(line) === fingerprint;
}

/** Validated, as any project member can write metadata. */
export function fingerprintOn({ metadata }: Pick<Server, 'metadata'>): string | undefined {
  const text = metadata[metadataKeys.key];
  return text !== undefined && /^SHA256:[A-Za-z0-9+/]{43}$/.test(text) ? text : undefined;
}
