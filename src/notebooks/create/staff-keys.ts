import { NubesError } from '../../errors.ts';
import type { Image } from '../../openstack/image/images.ts';
import { checkedKey } from '../../ssh/given-key.ts';
import { fingerprintOf } from '../../ssh/key-digest.ts';
import type { Deps } from '../deps.ts';

/** A public key of the cloud team. */
export interface StaffKey {
  /** As sshd reads it. */
  readonly line: string;
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly comment: string;
}

type Wanted = Pick<Deps, 'settings' | 'fetchText' | 'warn' | 'info'>;

const maxCommentChars = 40;
const maxListBytes = 16 * 1024;

/**
 * The cloud team's keys for a VM of this image: those of the settings, of the image's property and of the site's
 * list together, so that a computer without the site's settings file does not leave them out. A source that cannot
 * be used costs a warning; which keys there are is printed.
 */
export async function staffKeys(
  { settings: { siteTeam }, fetchText, warn, info }: Wanted,
  { name, adminKeys }: Pick<Image, 'name' | 'adminKeys'>,
): Promise<readonly StaffKey[]> {
  const url = siteTeam.adminKeysUrl;
  const property = `the property nubes_nb_admin_keys of the image ${name}`;
  const sources = await Promise.all([
    orWarned('site_team.admin_keys', warn, async () => checked(siteTeam.adminKeys)),
    orWarned(property, warn, async () => checked(linesOf(adminKeys))),
    orWarned('site_team.admin_keys_url', warn, async () =>
      url === undefined ? [] : checked(linesOf(await fetchText(url, maxListBytes))),
    ),
  ]);
  const all = sources.flat();
  const keys = [...new Map(all.map((key) => [key.fingerprint, key])).values()];
  if (keys.length > 0) {
    const words = keys.map(keyText).join(', ');
    info(`The cloud team can log in to the VM as nubes-admin, with sudo: ${words}.`);
  }
  return keys;
}

/** `SHA256:… comment` */
export function keyText({ fingerprint, comment }: StaffKey): string {
  return comment === '' ? fingerprint : `${fingerprint} ${comment}`;
}

/** As in an authorized_keys file. */
function linesOf(text: string): readonly string[] {
  const lines = text.split(/[\r\n]/).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** All or none: a list with something else in it is not what the site has written. Throws CONFIGURATION. */
function checked(lines: readonly string[]): StaffKey[] {
  return lines.map((line) => {
    const key = staffKey(line);
    if (key !== undefined) return key;
    throw new NubesError('CONFIGURATION', 'it has a line that is not a public SSH key.');
  });
}

async function orWarned(
  source: string,
  warn: Deps['warn'],
  read: () => Promise<readonly StaffKey[]>,
): Promise<readonly StaffKey[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof NubesError) || error.exit >= 130) throw error;
    warn(`no key of the cloud team was taken from ${source}: ${error.message}`);
    return [];
  }
}

/** Options may stand before the key. Undefined if it is not one that `--also-key` would take. */
function staffKey(line: string): StaffKey | undefined {
  const at = line.search(/(?:^|(?<=\s))(?:ssh|ecdsa|sk)-[\w@.-]+ +AAAA/);
  if (at === -1 || /\p{Control}/u.test(line)) return undefined;
  const key = orUndefined(() => checkedKey(line.slice(at), 'it'));
  if (key === undefined) return undefined;
  const [, , ...comment] = key.split(' ');
  return {
    line,
    fingerprint: fingerprintOf(key),
    comment: comment
      .join(' ')
      .replace(/[^\w@.+ -]/g, '')
      .trim()
      .slice(0, maxCommentChars),
  };
}

function orUndefined<Result>(check: () => Result): Result | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof NubesError) return undefined;
    throw error;
  }
}
