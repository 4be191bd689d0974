import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type LockOptions, locked } from '../file-lock.ts';

/** Longer than a lock outlives a holder that was killed. */
const patience: LockOptions = {
  stale: 5_000,
  retries: { retries: 100, minTimeout: 10, maxTimeout: 80, randomize: true },
};

/**
 * Changes a small file of the state folder, 0600 and in one go. Parallel commands take turns: without
 * the lock the later writer drops what the earlier one wrote.
 */
export async function updateFile(file: string, edit: (text: string) => string): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await locked(file, patience, () => writeFileAtomic(file, edit(readText(file)), { mode: 0o600 }));
}

/** The entries of a JSON object that are as they should be; none where the text is damaged. */
export function parseRecord<Value>(
  text: string,
  isValue: (value: unknown) => value is Value,
): Record<string, Value> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null) return {};
    const isEntry = (entry: [string, unknown]): entry is [string, Value] => isValue(entry[1]);
    return Object.fromEntries(Object.entries(found).filter(isEntry));
  } catch {
    return {};
  }
}

/** Empty where there is no such file. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
