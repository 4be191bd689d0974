import { lstat, rmdir, unlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { moveAway } from './bounded-file.ts';
import { interruption, NubesError, systemCode } from './errors.ts';

export interface LockOptions {
  /** A lock that its holder has not refreshed for this long belongs to a killed process. */
  readonly staleMs: number;
  /** Attempts after the first one, and the pauses between them in milliseconds, which double. */
  readonly retries: {
    readonly retries: number;
    readonly minTimeout: number;
    readonly maxTimeout: number;
  };
  /** Once it is aborted, there are only a few more attempts: most locks are held for milliseconds. */
  readonly signal: AbortSignal;
}

const attemptsAfterSignal = 2;
const pauseAfterSignalMs = 100;

const queues = new Map<string, Promise<void>>();

/**
 * Runs `work` while this process holds the lock of the file, whose folder must exist. Calls within one
 * process queue first: two that find a stale lock at the same time would each remove the other's.
 * Throws CONFLICT when the retries are used up, INTERRUPTED or TERMINATED when a signal ends the wait, CONFIGURATION for
 * something else in the place of the lock.
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
  { staleMs: stale, ...wait }: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { default: lockfile } = await import('proper-lockfile');
  // By default proper-lockfile throws an uncaught exception when another process removes the lock,
  // which can happen after this computer was asleep.
  const onCompromised = () => {};
  const attempt = () => lockfile.lock(file, { realpath: false, onCompromised, stale, retries: 0 });
  const lock = () => repeated(attempt, wait);
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

async function repeated<Result>(
  attempt: () => Promise<Result>,
  { retries: { retries, minTimeout, maxTimeout }, signal }: Omit<LockOptions, 'staleMs'>,
): Promise<Result> {
  let left = retries;
  for (let pauseMs = minTimeout; ; pauseMs = Math.min(pauseMs * 2, maxTimeout)) {
    try {
      return await attempt();
    } catch (error) {
      if (isLasting(error)) throw error;
      if (left <= 0) throw signal.aborted ? interruption(signal) : error;
    }
    left -= 1;
    if (signal.aborted) await pause(pauseAfterSignalMs);
    else await pause(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) left = Math.min(left, attemptsAfterSignal);
  }
}

/** Another attempt fails as well. */
function isLasting(error: unknown): boolean {
  return ['EACCES', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR'].includes(systemCode(error) ?? '');
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
