import { join } from 'node:path';
import { parseRecord, readText, updateFile } from '../ssh/shared-file.ts';

/** A file of the state folder with one text for each server, by its id. */
export type LocalFile = 'boots.json' | 'certificates.json';

/** Keeps a text for a server; undefined takes it away. */
export async function writeLocal(
  stateFolder: string,
  file: LocalFile,
  serverId: string,
  text: string | undefined,
): Promise<void> {
  if (readLocal(stateFolder, file)[serverId] === text) return;
  await updateFile(join(stateFolder, file), (content) => {
    const { [serverId]: _old, ...others } = keptIn(content);
    const kept = text === undefined ? others : { ...others, [serverId]: text };
    return `${JSON.stringify(kept, undefined, 2)}\n`;
  });
}

/** What is kept, by server id; nothing where the file is missing or damaged. */
export function readLocal(stateFolder: string, file: LocalFile): Readonly<Record<string, string>> {
  return keptIn(readText(join(stateFolder, file)));
}

function keptIn(content: string): Readonly<Record<string, string>> {
  return parseRecord(content, isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
