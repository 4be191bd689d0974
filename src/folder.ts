import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './errors.ts';

/**
 * Makes a folder and its parents, if they are not there. Node's own `recursive` may never return where no folder can be
 * made.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const isMissing = await makeOne(path, mode).then(
    () => false,
    (error: unknown) => requireParent(path, error),
  );
  if (!isMissing) return;
  await makeFolder(dirname(path), mode);
  await makeOne(path, mode);
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) throw error;
  }
}

/** The same, for what is not asynchronous. */
export function makeFolderSync(path: string, mode = 0o777): void {
  try {
    makeOneSync(path, mode);
  } catch (error) {
    requireParent(path, error);
    makeFolderSync(dirname(path), mode);
    makeOneSync(path, mode);
  }
}

function makeOneSync(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** True if the parent may be what is missing; otherwise throws the error. */
function requireParent(path: string, error: unknown): true {
  if (systemCode(error) === 'ENOENT' && dirname(path) !== path) return true;
  throw error;
}
