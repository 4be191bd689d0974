import { NubesError } from '../errors.ts';
import type { SettingsFile, Table } from './files.ts';
import { findKey, type Key, looksSecret, nearestKey, sections } from './keys.ts';
import type { Value } from './kinds.ts';
import { lineOf } from './toml-lines.ts';

/** A value as one source gives it. */
export interface Given {
  readonly value: Value;
  /** As `config list` shows it. */
  readonly origin: string;
  /** For errors: file and line, or the variable. */
  readonly place: string;
  /** Relative paths start here; undefined: the current folder. */
  readonly folder?: string;
}

export type Layer = ReadonlyMap<string, Given>;

/** What a settings file says, checked key by key. */
export interface FileLayers {
  readonly file: SettingsFile;
  readonly base: Layer;
  readonly contexts: ReadonlyMap<string, Layer>;
  readonly warnings: readonly string[];
}

interface Leaf {
  /** Without `contexts.NAME`. */
  readonly name: string;
  readonly context: string | undefined;
  readonly value: unknown;
  readonly place: string;
}

/** Throws CONFIGURATION for a secret, a wrong value or a wrong section; unknown keys are warnings. */
export async function layersOf(file: SettingsFile): Promise<FileLayers> {
  refuseSecrets(file, file.table, []);
  const leaves = [...leavesOf(file, file.table, [], undefined), ...leavesInContexts(file)];
  const base = new Map<string, Given>();
  const contexts = new Map<string, Map<string, Given>>(
    Object.keys(contextTables(file)).map((name) => [name, new Map()]),
  );
  const warnings: string[] = [];
  for (const leaf of leaves) {
    const key = findKey(leaf.name);
    if (key === undefined) {
      warnings.push(await unknown(leaf));
    } else if (key.name === 'context' && leaf.context !== undefined) {
      warnings.push(`${leaf.place}: a context cannot choose a context; this key does nothing.`);
    } else {
      const layer = leaf.context === undefined ? base : contexts.get(leaf.context);
      layer?.set(key.name, given(file, leaf, key));
    }
  }
  return { file, base, contexts, warnings };
}

/** Throws CONFIGURATION naming the place, the key and what is expected, never the value. */
export function readValue(key: Key, value: unknown, place: string): Value {
  const read = key.kind.read(value);
  if (read !== undefined) return read;
  throw new NubesError('CONFIGURATION', `${place}: ${key.name} must be ${key.kind.expects}.`, {
    hint: `nubes-nb config set ${key.name} VALUE, or correct it where it stands`,
  });
}

function given(file: SettingsFile, leaf: Leaf, key: Key): Given {
  const inContext = leaf.context === undefined ? '' : ` [contexts.${leaf.context}]`;
  return {
    value: readValue(key, leaf.value, leaf.place),
    origin: `${file.path}${inContext}`,
    place: leaf.place,
    folder: folderOf(file.path),
  };
}

function folderOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/, '') || '/';
}

function leavesInContexts(file: SettingsFile): readonly Leaf[] {
  return Object.entries(contextTables(file)).flatMap(([name, table]) => {
    if (isTable(table)) return leavesOf(file, table, ['contexts', name], name);
    throw notASection(file, ['contexts', name]);
  });
}

function contextTables(file: SettingsFile): Table {
  const contexts = file.table['contexts'] ?? {};
  if (isTable(contexts)) return contexts;
  throw notASection(file, ['contexts']);
}

/** The values of a table; a known key is a leaf whatever its value. */
function leavesOf(
  file: SettingsFile,
  table: Table,
  above: readonly string[],
  context: string | undefined,
): readonly Leaf[] {
  return Object.entries(table).flatMap(([part, value]) => {
    const path = [...above, part];
    if (path[0] === 'contexts' && context === undefined) return [];
    const name = (context === undefined ? path : path.slice(2)).join('.');
    if (findKey(name) === undefined && isTable(value)) return leavesOf(file, value, path, context);
    if (sections.has(name)) throw notASection(file, path);
    return [{ name, context, value, place: placeOf(file, path) }];
  });
}

function isTable(value: unknown): value is Table {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

function placeOf({ path, text }: SettingsFile, key: readonly string[]): string {
  const line = lineOf(text, key);
  return line === undefined ? path : `${path}, line ${line}`;
}

function notASection(file: SettingsFile, path: readonly string[]): NubesError {
  const name = path.join('.');
  return new NubesError('CONFIGURATION', `${placeOf(file, path)}: ${name} must be a section.`, {
    hint: `write [${name}] on its own line, and its keys below`,
  });
}

async function unknown({ name, place }: Leaf): Promise<string> {
  const nearest = await nearestKey(name);
  const advice =
    nearest === undefined ? 'nubes-nb config list shows the known ones' : `did you mean ${nearest}`;
  return `${place}: unknown key ${name}; ${advice}${nearest === undefined ? '.' : '?'}`;
}

/** Secrets in a settings file are refused before anything of it is used; lists are searched too. */
function refuseSecrets(file: SettingsFile, value: unknown, above: readonly string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) refuseSecrets(file, item, above);
  } else if (typeof value === 'string') {
    if (value.includes('PRIVATE KEY-----')) throw secretInFile(file, above);
  } else if (isTable(value)) {
    for (const [part, inner] of Object.entries(value)) {
      const path = [...above, part];
      // The name of a context is the user's own.
      const isContextName = path.length === 2 && path[0] === 'contexts';
      if (!isContextName && looksSecret(part)) throw secretInFile(file, path);
      refuseSecrets(file, inner, path);
    }
  }
}

function secretInFile(file: SettingsFile, path: readonly string[]): NubesError {
  return secretRefused(`${placeOf(file, path)}: ${path.join('.')}`);
}

export function secretRefused(subject: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `${subject} looks like a secret, and settings hold no secrets.`,
    {
      hint: 'remove it; nubes-nb login asks for the password and keeps the session in the keychain',
    },
  );
}
