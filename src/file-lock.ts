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
 * Throws an error with the code ELOCKED when the retries are used up.
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
  const release = await lockfile.lock(file, { realpath: false, onCompromised, stale, retries });
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}
