import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, accountLine, loginKey, namesFolder } from './layout.ts';
import { readNames } from './name-file.ts';

/** Removes the names of these contexts' logins, but not those of this account. */
export async function forgetNames(
  cacheFolder: string | undefined,
  contexts: readonly string[],
  kept?: Account,
): Promise<void> {
  if (cacheFolder === undefined) return;
  for (const context of contexts) {
    const key = loginKey(context, undefined);
    for (const kind of ['notebooks', 'images', 'sizes']) {
      const path = join(cacheFolder, namesFolder, `${key}.${kind}`);
      const isKept = kept !== undefined && readNames(path).startsWith(`${accountLine(kept)}\n`);
      if (!isKept) await rm(path, { force: true }).catch(() => {});
    }
  }
}
