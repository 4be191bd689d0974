import { type FileRefusal, ifRefused, readIfThere, utf8Text } from '../bounded-file.ts';
import { NubesError, withoutStop } from '../errors.ts';

export interface SettingsFile {
  readonly path: string;
  readonly text: string;
  readonly table: Table;
}

export type Table = { readonly [key: string]: unknown };

const maxFileBytes = 1024 * 1024;

/** Undefined if the file does not exist. Throws CONFIGURATION if it cannot be read or is not TOML. */
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
    // The rest of the message quotes the file, which may contain a secret.
    const [sentence = ''] = error.message.split('\n');
    const reason = withoutStop(sentence.replace('Invalid TOML document: ', ''));
    throw new NubesError(
      'CONFIGURATION',
      `${path}, line ${error.line}, column ${error.column}: this is not TOML: ${reason}.`,
      { hint: 'correct that line; strings are in double quotes: key = "value"' },
    );
  }
}

function readText(path: string): string | undefined {
  const bytes = ifRefused(
    () => readIfThere(path, maxFileBytes)?.bytes,
    (refusal) => {
      if (refusal.code === 'ENOENT' || refusal.code === 'ENOTDIR') return undefined;
      throw cannotRead(path, reasonOf(refusal));
    },
  );
  if (bytes === undefined) return undefined;
  const text = utf8Text(bytes);
  if (text === undefined) throw cannotRead(path, 'it is not UTF-8 text');
  return text;
}

function reasonOf({ code, message }: FileRefusal): string {
  return code === undefined ? `it ${message}` : (reasons.get(code) ?? code);
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ELOOP', 'its symbolic links form a loop'],
]);

function cannotRead(path: string, reason: string): NubesError {
  return new NubesError('CONFIGURATION', `Cannot read the settings file ${path}: ${reason}.`, {
    hint: 'nubes-nb config path shows which files are read',
  });
}
