import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Returns a function that puts all files and folders below the folder back to what they are now. */
export function saveFiles(folder: string): () => void {
  const { mode } = statSync(folder);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = entry.isFile() ? readFileSync(path) : undefined;
      return { path, mode: statSync(path).mode, content };
    })
    // A folder before what it holds.
    .sort((one, other) => one.path.length - other.path.length);
  return () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode });
    for (const entry of entries) {
      if (entry.content === undefined) mkdirSync(entry.path);
      else writeFileSync(entry.path, entry.content);
      chmodSync(entry.path, entry.mode);
    }
  };
}
