import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the state folder with one text for each server, by its id. */
export type KeptFile = 'boots.json' | 'certificates.json';

/** Keeps a text for a server; undefined takes it away. */
export async function keep(
  stateFolder: string,
  file: KeptFile,
  serverId: string,
  text: string | undefined,
): Promise<void> {
  const all = await readKept(stateFolder, file);
  if (all[serverId] === text) return;
  const { [serverId]: _old, ...others } = all;
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const kept = text === undefined ? others : { ...others, [serverId]: text };
  const path = join(stateFolder, file);
  await writeFileAtomic(path, `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 });
}

/** What is kept, by server id; nothing where the file is missing or damaged. */
export async function readKept(
  stateFolder: string,
  file: KeptFile,
): Promise<Readonly<Record<string, string>>> {
  try {
    const found: unknown = JSON.parse(await readFile(join(stateFolder, file), 'utf8'));
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(isText));
  } catch {
    return {};
  }
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}
