import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FirstBoot } from './first-boot.ts';

/** A person who may use Jupyter besides the owner. */
interface Guest {
  /** SHA-256 of the token, 64 hex digits. */
  readonly digest: string;
  /** `type base64` of the SSH key. */
  readonly key: string | undefined;
}

/** The VM's file of guests, as Jupyter and root's script read it. */
export interface GuestFile {
  /** Read at each call, as Jupyter does. */
  readonly digests: () => readonly string[];
  /** Lines as in an authorized_keys file. */
  readonly keys: () => readonly string[];
  /** Starts on the VM's disk unless it has: writes what root's script writes, at each change. */
  readonly open: (root: string) => Promise<void>;
  readonly close: () => void;
}

const maxBytes = 65_536;
const name = '[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?';
const lines = new RegExp(`^${name} ([0-9a-f]{64})(?: (\\S+ [A-Za-z0-9+/]+={0,3}))?$`, 'gm');
const keyTypes =
  'ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256';

/** Undefined for a notebook that knows no guests. `onChange`: called when guests have come or gone. */
export function guestFileOf(
  { guests, jupyter }: FirstBoot,
  onChange: () => void,
): GuestFile | undefined {
  if (guests === undefined || jupyter === undefined) return undefined;
  return openGuestFile(jupyter.account, guests, onChange);
}

/** `first`: the lines of `create`. */
function openGuestFile(account: string, first: string, onChange: () => void): GuestFile {
  let file: string | undefined;
  let watcher: FSWatcher | undefined;
  const bytes = () => {
    try {
      return file === undefined ? Buffer.from(first) : readFileSync(file);
    } catch {
      return Buffer.alloc(0);
    }
  };
  const guests = (): Guest[] => {
    const text = bytes();
    if (text.length > maxBytes) return [];
    return [...text.toString('latin1').matchAll(lines)].map(([, digest = '', key]) => ({
      digest,
      key,
    }));
  };
  const write = (root: string) => {
    const state = join(root, 'etc', 'nubes', 'guests.state');
    const sum = createHash('sha256').update(bytes()).digest('hex');
    writeFileSync(`${state}.new`, `ready ${sum}\n${keyTypes}\n`);
    renameSync(`${state}.new`, state);
  };
  return {
    digests: () => guests().map(({ digest }) => digest),
    keys: () => guests().flatMap(({ key }) => key ?? []),
    open: async (root) => {
      if (watcher !== undefined) return;
      const folder = join(root, 'home', account, '.nubes-nb');
      const nubes = join(root, 'etc', 'nubes');
      await Promise.all([
        mkdir(folder, { recursive: true, mode: 0o700 }),
        mkdir(nubes, { recursive: true }),
      ]);
      const copy = join(folder, 'guests');
      if (first !== '') await writeFile(copy, first, { flag: 'wx', mode: 0o600 }).catch(() => {});
      file = copy;
      await writeFile(join(nubes, 'guests.sh'), '');
      write(root);
      watcher = watch(folder, { persistent: false }, () => {
        onChange();
        try {
          write(root);
        } catch {
          // The disk is being removed.
        }
      });
      watcher.on('error', () => {});
    },
    close: () => {
      watcher?.close();
      watcher = undefined;
    },
  };
}
