import { readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** As many as Linux follows. */
const maxLinks = 40;

/**
 * The file that a path leads to, also if it does not exist yet. Replacing the path itself would turn a symbolic
 * link into a file.
 */
export async function linkTarget(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < maxLinks; links += 1) {
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    const folder = await realpath(dirname(target)).catch(() => dirname(target));
    target = resolve(folder, next);
  }
  return target;
}
