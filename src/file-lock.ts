import { lstat, rmdir, unlink } from 'node:fs/promises';
import { moveAway } from './bounded-file.ts';
import { NubesError, systemCode } from './errors.ts';

export interface LockOptions {
  /** A lock that its holder has not refreshed for this long belongs to a killed process. */
  readonly staleMs: number;
  /** Pauses in milliseconds between attempts, as proper-lockfile takes them. */
  readonly retries: {
    readonly retries: number;
    readonly minTimeout: number;
    readonly maxTimeout: number;
    readonly randomize?: boolean;
  };
}

const queues = new Map<string, Promise<void>>();

/**
 * Runs `work` while this process holds the lock of the file, whose folder must exist. Calls within one
 * process queue first: two that find a stale lock at the same time would each remove the other's.
 * Throws CONFLICT when the retries are used up, CONFIGURATION for something else in the place of the lock.
 */
export async function withFileLock<Result>(
  file: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const previous = queues.get(file) ?? Promise.resolve();
  const result = previous.then(() => runLocked(file, options, work));
  const finished = result.then(
    () => {},
    () => {},
  );
  queues.set(file, finished);
  try {
    return await result;
  } finally {
    if (queues.get(file) === finished) queues.delete(file);
  }
}

async function runLocked<Result>(
  file: string,
  { staleMs: stale, retries }: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { default: lockfile } = await import('proper-lockfile');
  // By default proper-lockfile throws an uncaught exception when another process removes the lock,
  // which can happen after this computer was asleep.
  const onCompromised = () => {};
  const lock = () => lockfile.lock(file, { realpath: false, onCompromised, stale, retries });
  const before = await clearWay(`${file}.lock`);
  const release = await lock().catch(async (error: unknown) => {
    const abandoned =
      systemCode(error) === 'ELOCKED' && (await isUnchanged(`${file}.lock`, before));
    if (!abandoned) throw lockError(file, error);
    await rmdir(`${file}.lock`).catch(() => {});
    return lock().catch((again: unknown) => {
      throw lockError(file, again);
    });
  });
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}

/** When the lock was last refreshed; undefined if there is none. Removes what is not a folder, as every lock is. */
async function clearWay(lock: string): Promise<number | undefined> {
  const found = await lstat(lock).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return found?.mtimeMs;
  await unlink(lock).catch((error: unknown) => {
    throw notALock(lock, systemCode(error) ?? 'unknown reason');
  });
  return undefined;
}

/**
 * Whether its process has not refreshed the lock all the time that this one has waited. proper-lockfile looks at
 * the clock only, by which a lock that is dated in the future never gets old.
 */
async function isUnchanged(lock: string, before: number | undefined): Promise<boolean> {
  if (before === undefined) return false;
  const found = await lstat(lock).catch(() => undefined);
  return found?.mtimeMs === before;
}

function lockError(file: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === 'ELOCKED') {
    return new NubesError('CONFLICT', `Another nubes-nb process is using ${file}.`, {
      hint: 'try again in a moment',
    });
  }
  const isOther = code === 'ENOTEMPTY' || code === 'ENOTDIR' || code === 'EEXIST';
  return isOther ? notALock(`${file}.lock`, code) : error;
}

function notALock(lock: string, code: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `${lock} is in the way of a lock, and cannot be removed (${code}).`,
    { hint: moveAway(lock) },
  );
}
