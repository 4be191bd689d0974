import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const memory = '/dev/shm';
const minFreeBytes = 2 ** 30;
const prefix = 'nubes-nb-tests-';

/** Vitest's global setup: temporary folders in memory if possible, as a disk takes a fifth of the tests' time. */
export function setup(): (() => void) | undefined {
  let folder: string;
  try {
    removeLeftovers();
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < minFreeBytes) return undefined;
    folder = join(memory, `${prefix}${process.pid}`);
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    return undefined;
  }
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (!executes(folder)) {
    remove();
    return undefined;
  }
  process.env['TMPDIR'] = folder;
  return remove;
}

/** Those of runs that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(memory).filter((each) => each.startsWith(prefix))) {
    if (existsSync(join('/proc', name.slice(prefix.length)))) continue;
    rmSync(join(memory, name), { recursive: true, force: true });
  }
}

/** Containers often mount it with noexec, and tests run scripts. */
function executes(folder: string): boolean {
  const script = join(folder, 'script');
  try {
    writeFileSync(script, '#!/bin/sh\n', { mode: 0o700 });
    execFileSync(script);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(script, { force: true });
  }
}
