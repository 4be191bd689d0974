import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ifRefused, readOwnFile } from '../bounded-file.ts';
import { NubesError, unwritable } from '../errors.ts';
import { type LockOptions, withFileLock } from '../file-lock.ts';
import { makeFolder } from '../folder.ts';

/** A private file: its text, mode and owner. */
export interface StateFile {
  readonly text: string;
  readonly mode: number;
  readonly owner: number;
}

/** Undefined if the file does not exist. Throws CONFIGURATION for a file that is not to be trusted. */
export async function readStateFile(file: string): Promise<StateFile | undefined> {
  const found = ifRefused(
    () => readOwnFile(file),
    ({ message }) => {
      throw new NubesError('CONFIGURATION', `${file} ${message}.`, {
        hint: 'make it readable for you, or set XDG_STATE_HOME to another folder',
      });
    },
  );
  if (found === undefined) return undefined;
  const { bytes, mode, owner } = found;
  return { text: bytes.toString('utf8'), mode, owner };
}

/** Replaces the file atomically, with mode 0600. */
export async function writeStateFile(file: string, text: string): Promise<void> {
  await withStorageErrors(file, async () => {
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(file, text, { mode: 0o600 });
  });
}

/** The retries outlast `staleMs`, so the lock of a killed process never makes a login fail. */
const lockOptions: Omit<LockOptions, 'signal'> = {
  staleMs: 5_000,
  retries: { retries: 60, minTimeout: 25, maxTimeout: 100 },
};

/** Runs `work` while no other process changes the file. */
export async function withLock<Result>(
  file: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  await withStorageErrors(file, () => makeFolder(dirname(file), 0o700));
  let started = false;
  const locked = withFileLock(file, { ...lockOptions, signal }, () => {
    started = true;
    return work();
  });
  return locked.catch((error: unknown) => {
    throw started ? error : unwritable(file, error, 'XDG_STATE_HOME');
  });
}

/** Throws CONFIGURATION if the folder is not writable. */
export async function checkWritable(folder: string): Promise<void> {
  await withStorageErrors(folder, async () => {
    await makeFolder(folder, 0o700);
    await access(folder, constants.W_OK | constants.X_OK);
  });
}

async function withStorageErrors<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw unwritable(path, error, 'XDG_STATE_HOME');
  }
}
