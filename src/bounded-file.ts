import { isUtf8 } from 'node:buffer';
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { commandLine } from './command-line.ts';
import { NubesError, openFilesLimit, reasonOf } from './errors.ts';

/** What a file holds, and what its file system says about it. */
export interface BoundedFile {
  readonly bytes: Buffer;
  readonly mode: number;
  readonly owner: number;
}

/** Why a file is not read; the message is a predicate: `is a named pipe`. */
export class FileRefusal extends Error {
  /** Of the system's error; undefined for a file that is not as it has to be. */
  readonly code: string | undefined;

  constructor(predicate: string, code?: string) {
    super(predicate);
    this.code = code;
  }
}

/** What `read` returns; for a file that is not read, what `instead` makes of the refusal. */
export function ifRefused<Read, Instead>(
  read: () => Read,
  instead: (refusal: FileRefusal) => Instead,
): Read | Instead {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error;
    const limit = openFilesLimit(error.code, error);
    if (limit !== undefined) throw limit;
    return instead(error);
  }
}

/** Windows has no links and modes that this file checks. */
const hasModes = constants.O_NOFOLLOW !== undefined;

/**
 * Reads a regular file of at most `maxBytes`; nothing else is opened, as reading a pipe or a device may never
 * end. Throws FileRefusal. Synchronous: for a small file this is faster than Node's thread pool.
 */
export function readBounded(path: string, maxBytes: number): BoundedFile {
  const found = readIfThere(path, maxBytes);
  if (found === undefined) throw refusal('ENOENT');
  return found;
}

/** The same; undefined for a missing file, without an error: most files that are optional are missing. */
export function readIfThere(
  path: string,
  maxBytes: number,
  followLinks = true,
): BoundedFile | undefined {
  try {
    const stats = (followLinks ? statSync : lstatSync)(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    requireRegular(stats);
    // It may have been replaced since: then opening must neither wait nor follow.
    const nofollow = followLinks ? 0 : (constants.O_NOFOLLOW ?? 0);
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | nofollow);
    try {
      const { mode, uid: owner, size } = requireRegular(fstatSync(file));
      if (size > maxBytes) throw tooLarge(maxBytes);
      return { bytes: readAtMost(file, size, maxBytes), mode, owner };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * Reads a pipe that the caller of the program has opened, as a shell does for `<(command)`, up to its end. Unlike a
 * named pipe it has a writer. Undefined if the path is not one. Throws FileRefusal.
 */
export async function readInheritedPipe(
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const numbered = path === '/dev/stdin' ? '/dev/fd/0' : path;
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(numbered) ?? [];
  const fd = Number(number);
  if (number === undefined || statsOf(() => fstatSync(fd))?.isFIFO() !== true) return undefined;
  const { Socket } = await import('node:net');
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    for await (const chunk of new Socket({ fd, readable: true, writable: false })) {
      total += chunk.length;
      if (total > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw refusalOf(error);
  }
  return Buffer.concat(chunks);
}

/** Throws FileRefusal for what is neither a regular file nor a folder, or may not be read. */
export function checkSource(path: string): void {
  try {
    const stats = statSync(path);
    if (!stats.isDirectory()) requireRegular(stats);
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Files in /proc have a size of 0. */
function readAtMost(file: number, size: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  do {
    const chunk = Buffer.allocUnsafe(size === 0 ? 64 * 1024 : size - total);
    const count = readSync(file, chunk);
    if (count === 0) break;
    total += count;
    if (total > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk.subarray(0, count));
  } while (total !== size);
  return Buffer.concat(chunks);
}

function requireRegular(stats: Stats): Stats {
  if (!stats.isFile()) throw new FileRefusal(`is ${kindOf(stats)}`);
  return stats;
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isSymbolicLink() ? 'a symbolic link, which is not followed' : 'a device';
}

function refusalOf(error: unknown): unknown {
  if (error instanceof FileRefusal || !(error instanceof Error) || !('code' in error)) return error;
  return refusal(String(error.code));
}

function refusal(code: string): FileRefusal {
  return new FileRefusal(`cannot be read: ${reasonOf(code)}`, code);
}

function tooLarge(maxBytes: number): FileRefusal {
  const kib = maxBytes / 1024;
  return new FileRefusal(`is larger than ${kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`}`);
}

/**
 * The text without its byte order mark; undefined if it is not UTF-8. UTF-16 without a mark, as PowerShell may pipe it,
 * is valid UTF-8 with NULs.
 */
export function utf8Text(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

const maxOwnBytes = 4 * 1024 * 1024;

/**
 * Reads a file that only this program writes; undefined if it does not exist. Throws CONFIGURATION for a
 * link, another kind of file, and one that another user owns or may write: the program would trust what
 * they put there.
 */
export function readOwnFile(path: string): BoundedFile | undefined {
  return ifRefused(
    () => {
      const found = readIfThere(path, maxOwnBytes, false);
      return found === undefined ? undefined : requireOwn(path, found);
    },
    (refusal) => {
      if (refusal.code === 'ENOENT') return undefined;
      if (refusal.code !== undefined) throw refusal;
      throw unusable(path, refusal.message, moveAway(path));
    },
  );
}

/**
 * Refuses a state folder of another user, who could put anything into it; root may use all. `userId` is
 * undefined on Windows.
 */
export function checkOwnFolder(path: string, userId: number | undefined): void {
  const owner = statsOf(() => statSync(path, { throwIfNoEntry: false }))?.uid;
  const isOwn = owner === undefined || userId === undefined || owner === userId || userId === 0;
  if (isOwn) return;
  throw unusable(path, 'belongs to another user', 'set XDG_STATE_HOME to a folder of your own');
}

/** The same checks before the file is written to. */
export function checkOwnFile(path: string): void {
  const stats = statsOf(() => lstatSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return;
  if (!stats.isFile()) throw unusable(path, `is ${kindOf(stats)}`, moveAway(path));
  requireOwn(path, { mode: stats.mode, owner: stats.uid });
}

/** Undefined if there is nothing to look at, or this user may not: using it fails then, with its own error. */
function statsOf(read: () => Stats | undefined): Stats | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function requireOwn<Found extends Pick<BoundedFile, 'mode' | 'owner'>>(
  path: string,
  found: Found,
): Found {
  if (!hasModes) return found;
  // The folder is this user's: the program made it.
  if (found.owner !== statSync(dirname(path)).uid) {
    throw unusable(path, 'belongs to another user than its folder', moveAway(path));
  }
  if ((found.mode & 0o022) === 0) return found;
  throw unusable(path, 'can be written by other users', makePrivate(path));
}

/** The command, for a hint. */
export function makePrivate(path: string): string {
  return commandLine(['chmod', '600', path]);
}

/** The command, for a hint. */
export function moveAway(path: string, suffix = 'old'): string {
  return commandLine(['mv', path, `${path}.${suffix}`]);
}

function unusable(path: string, predicate: string, hint: string): NubesError {
  return new NubesError('CONFIGURATION', `${path} ${predicate}.`, { hint });
}
