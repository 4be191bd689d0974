import { ifRefused, readOwnFile } from '../bounded-file.ts';

/** Empty if the file is missing, or is not one of this user's. */
export function readNames(path: string): string {
  try {
    return ifRefused(
      () => readOwnFile(path)?.bytes.toString('utf8') ?? '',
      () => '',
    );
  } catch {
    return '';
  }
}

/** Replaces the file if it differs. Completion is a convenience: no failure is reported. */
export async function editNames(
  path: string,
  edit: (text: string) => string,
  userId: number | undefined,
): Promise<void> {
  const before = readNames(path);
  const text = edit(before);
  if (text === before) return;
  try {
    const { replaceNames } = await import('./replace.ts');
    await replaceNames(path, text, userId);
  } catch {
    // A cache that is full, read-only or not this user's.
  }
}
