import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ifRefused, readOwnFile } from '../bounded-file.ts';
import { type LockOptions, withFileLock } from '../file-lock.ts';

/** The retries outlast `staleMs`, so the lock of a killed process never makes an update fail. */
const lockOptions: LockOptions = {
  staleMs: 5_000,
  retries: { retries: 100, minTimeout: 10, maxTimeout: 80, randomize: true },
};

/**
 * Replaces the text of a small file in the state folder atomically, with mode 0600. Parallel commands
 * take turns: without the lock, each would drop what the other has just written.
 */
export async function updateFile(file: string, edit: (text: string) => string): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await withFileLock(file, lockOptions, () =>
    writeFileAtomic(file, edit(readText(file)), { mode: 0o600 }),
  );
}

/**
 * The valid entries of a JSON object; empty if the text is not a JSON object. Without a prototype, as the
 * keys are ids from Nova.
 */
export function parseRecord<Value>(
  text: string,
  isValue: (value: unknown) => value is Value,
): Record<string, Value> {
  const record: Record<string, Value> = Object.create(null);
  for (const [key, value] of Object.entries(parseObject(text))) {
    if (isValue(value)) record[key] = value;
  }
  return record;
}

function parseObject(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** Empty if there is no such file, or this user may not read it. Throws CONFIGURATION for one that is not to be trusted. */
export function readText(file: string): string {
  return ifRefused(
    () => readOwnFile(file)?.bytes.toString('utf8') ?? '',
    () => '',
  );
}
