import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NubesError } from '../errors.ts';
import { type LockOptions, withFileLock } from '../file-lock.ts';

/** A private file as it was read: its text, and who else may touch it. */
export interface StateFile {
  readonly text: string;
  readonly mode: number;
  readonly owner: number;
}

/** Undefined when there is none. A symbolic link is refused: it could lead anywhere. */
export async function readStateFile(file: string): Promise<StateFile | undefined> {
  // Windows knows no O_NOFOLLOW.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
  try {
    const opened = openSync(file, flags);
    try {
      const { mode, uid } = fstatSync(opened);
      return { text: readFileSync(opened, 'utf8'), mode, owner: uid };
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') {
      throw new NubesError('CONFIGURATION', `${file} is a symbolic link, which is not followed.`, {
        hint: `rm ${file}`,
      });
    }
    throw new NubesError('CONFIGURATION', `${file} cannot be read (${codeOf(error)}).`, {
      hint: 'make it readable for you, or set XDG_STATE_HOME to another folder',
    });
  }
}

/** Replaces the file at once or not at all; only the user may read it. */
export async function writeStateFile(file: string, text: string): Promise<void> {
  await onState(file, async () => {
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(file, text, { mode: 0o600 });
  });
}

const patience: LockOptions = {
  staleMs: 10_000,
  retries: { retries: 40, minTimeout: 25, maxTimeout: 250 },
};

/** Lets one process at a time read, change and write the file. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  await onState(file, () => mkdir(dirname(file), { recursive: true, mode: 0o700 }));
  let begun = false;
  const turn = withFileLock(file, patience, () => {
    begun = true;
    return work();
  });
  return turn.catch((error: unknown) => {
    throw begun ? error : storageError(file, error);
  });
}

/** Throws CONFIGURATION when nothing could be kept in the folder. */
export async function checkWritable(folder: string): Promise<void> {
  await onState(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  });
}

async function onState<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storageError(place, error);
  }
}

function storageError(place: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (code === 'ELOCKED') {
    return new NubesError('CONFLICT', `Another nubes-nb is busy with ${place}.`, {
      hint: 'try again in a moment',
    });
  }
  return new NubesError('CONFIGURATION', `${place} cannot be written (${code}).`, {
    hint: 'make the folder writable, or set XDG_STATE_HOME to one that is',
  });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
