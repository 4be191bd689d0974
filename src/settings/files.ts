import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { NubesError } from '../errors.ts';

/** A settings file as it was read. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
  readonly table: Table;
}

export type Table = { readonly [key: string]: unknown };

const largest = 1024 * 1024;

/** Undefined when there is no such file. Throws CONFIGURATION when it cannot be read or is no TOML. */
export async function readSettingsFile(path: string): Promise<SettingsFile | undefined> {
  const text = readText(path);
  return text === undefined ? undefined : { path, text, table: await parseToml(path, text) };
}

/** Throws CONFIGURATION with file, line, column and the parser's reason. */
export async function parseToml(path: string, text: string): Promise<Table> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of the parser's message quotes the file, which may hold what nobody should see.
    const [sentence = ''] = error.message.split('\n');
    const reason = sentence.replace('Invalid TOML document: ', '').replace(/\.$/, '');
    throw new NubesError(
      'CONFIGURATION',
      `${path}, line ${error.line}, column ${error.column}: this is not TOML: ${reason}.`,
      { hint: 'correct that line; texts stand in double quotes: key = "value"' },
    );
  }
}

/** A small file is read before Node has its threads for reading ready. */
function readText(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const status = fstatSync(file);
      if (!status.isFile()) throw unreadable(path, 'it is not a file');
      if (status.size > largest) throw unreadable(path, 'it is larger than 1 MiB');
      const bytes = readFileSync(file);
      if (!isUtf8(bytes)) throw unreadable(path, 'it is not UTF-8 text');
      return bytes.toString('utf8').replace(/^\uFEFF/, '');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof NubesError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, reasons[code] ?? `the system says ${code}`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
};

function unreadable(path: string, reason: string): NubesError {
  return new NubesError('CONFIGURATION', `The settings file ${path} cannot be read: ${reason}.`, {
    hint: 'nubes-nb config path shows which files are read',
  });
}
