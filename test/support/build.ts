import { cpSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

/** The program as it is now, beside the one in dist/ that other processes may be running. */
export async function buildIn(folder: string): Promise<void> {
  for (const name of ['src', 'node_modules', 'package.json']) {
    symlinkSync(resolve(name), join(folder, name));
  }
  cpSync('bin', join(folder, 'bin'), { recursive: true });
  await execa('node', [resolve('scripts/build.mjs')], { cwd: folder });
}
