import { join } from 'node:path';
import { changeFile, textOf } from '../ssh/changed-file.ts';

/** A file of the state folder with one text for each server, by its id. */
export type KeptFile = 'boots.json' | 'certificates.json';

/** Keeps a text for a server; undefined takes it away. */
export async function keep(
  stateFolder: string,
  file: KeptFile,
  serverId: string,
  text: string | undefined,
): Promise<void> {
  if (readKept(stateFolder, file)[serverId] === text) return;
  await changeFile(join(stateFolder, file), (content) => {
    const { [serverId]: _old, ...others } = keptIn(content);
    const kept = text === undefined ? others : { ...others, [serverId]: text };
    return `${JSON.stringify(kept, undefined, 2)}\n`;
  });
}

/** What is kept, by server id; nothing where the file is missing or damaged. */
export function readKept(stateFolder: string, file: KeptFile): Readonly<Record<string, string>> {
  return keptIn(textOf(join(stateFolder, file)));
}

function keptIn(text: string): Readonly<Record<string, string>> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(isText));
  } catch {
    return {};
  }
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}
