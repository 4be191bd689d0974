import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly mode: number;
  /** Undefined: a folder. */
  readonly content: Buffer | undefined;
}

/**
 * Returns a function that puts the folder and all files and folders below it back to what they are now. It runs
 * after each test, so it writes only what differs.
 */
export function saveFiles(folder: string): () => void {
  // A folder comes before what it holds.
  const saved = new Map<string, Entry>();
  save(folder, saved);
  return () => {
    for (const [path, entry] of saved) {
      if (entry.content === undefined) restoreFolder(path, entry, saved);
      else restoreFile(path, entry, entry.content);
    }
  };
}

function save(path: string, saved: Map<string, Entry>): void {
  const stats = lstatSync(path);
  if (stats.isFile()) saved.set(path, { mode: stats.mode, content: readFileSync(path) });
  if (!stats.isDirectory()) return;
  saved.set(path, { mode: stats.mode, content: undefined });
  for (const name of readdirSync(path)) save(join(path, name), saved);
}

function restoreFolder(path: string, { mode }: Entry, saved: ReadonlyMap<string, Entry>): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) {
    remove(path);
    mkdirSync(path);
  }
  if (stats?.mode !== mode) chmodSync(path, mode);
  for (const name of readdirSync(path)) {
    const below = join(path, name);
    if (!saved.has(below)) remove(below);
  }
}

function restoreFile(path: string, { mode }: Entry, content: Buffer): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const isFile = stats?.isFile() === true;
  if (!isFile) remove(path);
  // Before it is read, as it may not be readable.
  else if (stats.mode !== mode) chmodSync(path, mode);
  if (isFile && stats.size === content.length && readFileSync(path).equals(content)) return;
  writeFileSync(path, content);
  chmodSync(path, mode);
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
