import { constants } from 'node:fs';
import { access, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkOwnFolder } from '../bounded-file.ts';
import { systemCode, unwritable } from '../errors.ts';
import { checkStateFiles } from '../notebooks/local-state.ts';
import { checkState } from '../session/state.ts';
import type { World } from '../world.ts';
import { type Finding, ok, warning } from './check.ts';

/** The folder of the session and the journal: whose it is, whether it is writable, and who may read it. */
export async function checkStateFolder(
  folder: string,
  { userId, platform }: Pick<World, 'userId' | 'platform'>,
): Promise<Finding> {
  checkOwnFolder(folder, userId);
  if (!(await isWritableFolder(folder))) return ok(`${folder} does not exist yet`);
  checkStateFiles(folder);
  await checkState(folder);
  const open = platform === 'win32' ? [] : await openToOthers(folder);
  if (open.length === 0) return ok(folder);
  return warning(`Other users can read ${open.join(', ')}.`, 'nubes-nb doctor --fix');
}

/** False if it does not exist, and can be made. Throws CONFIGURATION. */
async function isWritableFolder(folder: string): Promise<boolean> {
  const found = await stat(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw notWritable(folder, error);
  });
  if (found === undefined) {
    await isWritableFolder(dirname(folder));
    return false;
  }
  if (!found.isDirectory())
    throw notWritable(folder, Object.assign(new Error(), { code: 'ENOTDIR' }));
  await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw notWritable(folder, error);
  });
  return true;
}

function notWritable(folder: string, error: unknown): unknown {
  return unwritable(`The folder ${folder}`, error, 'XDG_STATE_HOME');
}

/** The folder and its files that others may read or write. */
export async function openToOthers(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).map((name) => join(folder, name));
  const open = await Promise.all(
    [folder, ...files].map(async (path) => {
      const found = await lstat(path).catch(() => undefined);
      const isKept = found?.isFile() === true || found?.isDirectory() === true;
      return isKept && (found.mode & 0o077) !== 0 && !path.endsWith('.lock') ? [path] : [];
    }),
  );
  return open.flat();
}

/** The age at which no living process holds a lock: holders refresh theirs every few seconds. */
const staleLockMs = 60_000;

/** Locks of processes that were killed. The time of a file is that of the real clock. */
export async function staleLocks(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const locks = names.filter((name) => name.endsWith('.lock')).map((name) => join(folder, name));
  const stale = await Promise.all(
    locks.map(async (lock) => {
      const found = await lstat(lock).catch(() => undefined);
      const isStale = found?.isDirectory() === true && Date.now() - found.mtimeMs > staleLockMs;
      return isStale ? [lock] : [];
    }),
  );
  return stale.flat();
}
