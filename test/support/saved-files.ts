import {
  chmodSync,
  type Dirent,
  existsSync,
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
  const saved = new Map(
    entriesOf(folder)
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => {
        const path = pathOf(entry);
        const content = entry.isFile() ? readFileSync(path) : undefined;
        return [path, { content, mode: statSync(path).mode }];
      }),
  );
  return () => {
    mkdirSync(folder, { recursive: true });
    for (const [path, { mode }] of saved) if (existsSync(path)) chmodSync(path, mode);
    for (const entry of entriesOf(folder)) {
      const kept = saved.get(pathOf(entry));
      const isSame = kept && (kept.content === undefined ? entry.isDirectory() : entry.isFile());
      if (!isSame) rmSync(pathOf(entry), { recursive: true, force: true });
    }
    for (const [path, { content, mode }] of saved) {
      if (content === undefined) mkdirSync(path, { recursive: true });
      else if (!existsSync(path) || !readFileSync(path).equals(content))
        writeFileSync(path, content);
      chmodSync(path, mode);
    }
  };
}

/** A folder comes before what it holds. */
function entriesOf(folder: string): Dirent[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true });
}

function pathOf({ parentPath, name }: Dirent): string {
  return join(parentPath, name);
}
