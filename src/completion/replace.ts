import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkOwnFolder } from '../bounded-file.ts';
import { makeFolder } from '../folder.ts';

/** Atomic, so that neither a shell nor another command reads a part. Throws errors of the file system, CONFIGURATION. */
export async function replaceNames(
  path: string,
  text: string,
  userId: number | undefined,
): Promise<void> {
  const folder = dirname(path);
  checkOwnFolder(dirname(folder), userId);
  await makeFolder(folder, 0o700);
  checkOwnFolder(folder, userId);
  // The library writes through a link, and a cache has no need of one.
  const isOther = lstatSync(path, { throwIfNoEntry: false })?.isFile() === false;
  if (isOther || !lstatSync(folder).isDirectory()) return;
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(path, text, { mode: 0o600, fsync: false });
}
