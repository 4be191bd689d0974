import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { inject } from 'vitest';
import { withFileLock } from '../../src/file-lock.ts';

const lockOptions = {
  staleMs: 60_000,
  retries: { retries: 600, minTimeout: 100, maxTimeout: 100 },
  signal: new AbortController().signal,
};

/** The script of the built program. The first test file that needs it builds it for all of them. */
export async function builtProgram(): Promise<string> {
  const folder = inject('buildFolder');
  const built = join(folder, 'built');
  await withFileLock(join(folder, 'build'), lockOptions, async () => {
    if (!existsSync(built)) await build(join(folder, 'being-built'), built);
  });
  return join(built, 'bin', 'nubes-nb.js');
}

/** Builds outside the working copy, whose dist/ other processes may be running. */
async function build(folder: string, built: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of ['src', 'node_modules', 'package.json']) {
    symlinkSync(resolve(name), join(folder, name));
  }
  cpSync('bin', join(folder, 'bin'), { recursive: true });
  await execa('node', [resolve('scripts/build.mjs')], { cwd: folder });
  renameSync(folder, built);
}
