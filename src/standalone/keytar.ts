import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { makeFolderSync } from '../folder.ts';
import type { Keytar } from '../world.ts';

export interface BindingPlaces {
  readonly platform: NodeJS.Platform;
  /** The effective user id; undefined on Windows. */
  readonly userId: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string | undefined;
  /** The folder for temporary files. */
  readonly temporary: string;
}

/**
 * keytar, whose binding the system loads only from a file of its own: from a copy in the user's cache, else in another
 * private folder, as a cache may be full, read-only or mounted without the right to execute. Throws the last reason.
 */
export function loadKeytar(
  binding: Buffer,
  places: BindingPlaces,
  load: (file: string) => Keytar,
): Keytar {
  for (const folder of foldersFor(places)) {
    try {
      return load(privateCopy(binding, folder, places.userId));
    } catch {
      // The next folder may do.
    }
  }
  const folder = mkdtempSync(join(places.temporary, 'nubes-nb-'));
  try {
    return load(privateCopy(binding, folder, places.userId));
  } finally {
    // Windows keeps a loaded file.
    if (places.platform !== 'win32') rmSync(folder, { recursive: true, force: true });
  }
}

function foldersFor({ platform, environment, home }: BindingPlaces): string[] {
  const ofHome = home === undefined ? undefined : join(home, '.cache');
  const named = environment['XDG_CACHE_HOME'];
  const ofUser = named !== undefined && isAbsolute(named) ? named : ofHome;
  const caches = platform === 'win32' ? environment['LOCALAPPDATA'] : ofUser;
  return [caches, environment['XDG_RUNTIME_DIR']]
    .filter((folder) => folder !== undefined && isAbsolute(folder))
    .map((folder) => join(folder as string, 'nubes-nb', 'native'));
}

/** The file with this content in the folder, which is made if it is not there. Throws if others may change either. */
function privateCopy(content: Buffer, folder: string, userId: number | undefined): string {
  makeFolderSync(folder, 0o700);
  requirePrivate(folder, userId);
  // Without links, which others could replace after the check.
  const real = realpathSync(folder);
  requireSafeParents(real, userId);
  const file = join(real, `keytar-${digestOf(content)}.node`);
  if (isIntact(file, content, userId)) return file;
  removeOld(real);
  rmSync(file, { recursive: true, force: true });
  // Another process may be making the same file.
  const written = join(real, `${randomUUID()}.tmp`);
  try {
    writeFileSync(written, content, { mode: 0o700, flag: 'wx' });
    renameSync(written, file);
  } catch (error) {
    // On a full disk, each command would leave another one.
    rmSync(written, { force: true });
    throw error;
  }
  return file;
}

function requirePrivate(folder: string, userId: number | undefined): void {
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (userId === undefined) return;
  if (stats.uid !== userId) throw new Error(`${folder} belongs to another user`);
  if ((stats.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** A user who may change a parent can put another folder in place of this one between the check and the loading. */
function requireSafeParents(folder: string, userId: number | undefined): void {
  const parent = dirname(folder);
  if (userId === undefined || parent === folder) return;
  const { uid, mode } = statSync(parent);
  const isOwn = uid === userId || uid === 0;
  const isSticky = (mode & 0o1000) !== 0;
  if (!isOwn || ((mode & 0o022) !== 0 && !isSticky)) {
    throw new Error(`other users may change ${parent}`);
  }
  requireSafeParents(parent, userId);
}

const maxAgeMs = 30 * 24 * 60 * 60 * 1000;

/** The files of other versions, and those of processes that were killed. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined || Date.now() - stats.mtimeMs < maxAgeMs) continue;
    rmSync(file, { recursive: true, force: true });
  }
}

function isIntact(file: string, content: Buffer, userId: number | undefined): boolean {
  try {
    const stats = lstatSync(file);
    const isOwn = userId === undefined || (stats.uid === userId && (stats.mode & 0o022) === 0);
    return stats.isFile() && isOwn && readFileSync(file).equals(content);
  } catch {
    return false;
  }
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
