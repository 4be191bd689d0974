/** How long a turn is waited for. */
export interface LockOptions {
  /** A lock that its holder has not touched for so long is a killed one's, in ms. */
  readonly stale: number;
  readonly retries: {
    readonly retries: number;
    readonly minTimeout: number;
    readonly maxTimeout: number;
    readonly randomize?: boolean;
  };
}

const turns = new Map<string, Promise<void>>();

/**
 * Runs work while no other command does its own under this file's lock, whose folder is there. Work of
 * one process takes turns first: two who find a killed one's lock at once would each remove the other's.
 * Throws an error with the code ELOCKED when its turn does not come.
 */
export async function locked<Result>(
  file: string,
  patience: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = turns.get(file);
  const turn = (before ?? Promise.resolve()).then(() => alone(file, patience, work));
  const over = turn.then(
    () => {},
    () => {},
  );
  turns.set(file, over);
  try {
    return await turn;
  } finally {
    if (turns.get(file) === over) turns.delete(file);
  }
}

async function alone<Result>(
  file: string,
  patience: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { default: lockfile } = await import('proper-lockfile');
  // Whoever takes the lock from a process that is still alive, as it was asleep, must not end it.
  const onCompromised = () => {};
  const release = await lockfile.lock(file, { realpath: false, onCompromised, ...patience });
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}
