import { commandLine } from '../command-line.ts';
import { NubesError } from '../errors.ts';
import type { SettingsFile, Table } from './files.ts';
import { findKey, looksSecret, nearestKey, sections } from './key-names.ts';
import type { Key } from './keys.ts';
import type { Value } from './kinds.ts';
import { lineFinder } from './toml-lines.ts';

interface Positioned {
  /** For messages: file and line, or the variable. Finding the line takes time, so do not read it for nothing. */
  readonly position: string;
}

/** The value of a setting in one source. */
export interface SourcedValue extends Positioned {
  readonly value: Value;
  /** As in `config list`. */
  readonly origin: string;
  /** Relative paths are resolved here; undefined: the working directory. */
  readonly folder?: string;
}

export type Layer = ReadonlyMap<string, SourcedValue>;

/** The settings of a file: those at its top level, and those of each context. */
export interface FileLayers {
  readonly file: SettingsFile;
  readonly base: Layer;
  readonly contexts: ReadonlyMap<string, Layer>;
  readonly warnings: readonly string[];
}

interface Leaf extends Positioned {
  /** The key without `contexts.NAME`. */
  readonly name: string;
  readonly context: string | undefined;
  readonly value: unknown;
}

/**
 * Throws CONFIGURATION for a secret, an invalid value or section; unknown keys are warnings. The editor is what
 * `config set` for this file begins with; undefined: it is not the user's.
 */
export async function readLayers(file: SettingsFile, editor?: string): Promise<FileLayers> {
  refuseSecrets(file, file.table, []);
  const leaves = [...leavesOf(file, file.table, [], undefined), ...leavesInContexts(file)];
  const base = new Map<string, SourcedValue>();
  const contexts = new Map<string, Map<string, SourcedValue>>(
    Object.keys(contextTables(file)).map((name) => [name, new Map()]),
  );
  const warnings: string[] = [];
  for (const leaf of leaves) {
    const key = findKey(leaf.name);
    if (key === undefined) {
      warnings.push(await unknownKey(leaf));
    } else if (key.name === 'context' && leaf.context !== undefined) {
      warnings.push(`${leaf.position}: a context cannot select a context; the key is ignored.`);
    } else {
      const layer = leaf.context === undefined ? base : contexts.get(leaf.context);
      layer?.set(
        key.name,
        sourcedValue(file, leaf, key, () => remedyIn(editor, leaf)),
      );
    }
  }
  return { file, base, contexts, warnings };
}

function remedyIn(editor: string | undefined, { name, context }: Leaf): string {
  if (editor === undefined) return 'ask your administrator to correct it there';
  const inContext = context === undefined ? '' : ` ${commandLine(['--context', context])}`;
  return `${editor}${inContext} config set ${name} VALUE, or correct it there`;
}

/** Throws CONFIGURATION with the position and the key, but without the value. */
export function readValue(
  key: Key,
  value: unknown,
  source: Positioned,
  remedy: () => string,
): Value {
  const read = key.kind.read(value);
  if (read !== undefined) return read;
  throw new NubesError(
    'CONFIGURATION',
    `${source.position}: ${key.name} must be ${key.kind.expects}.`,
    { hint: remedy() },
  );
}

function sourcedValue(
  file: SettingsFile,
  leaf: Leaf,
  key: Key,
  remedy: () => string,
): SourcedValue {
  const inContext = leaf.context === undefined ? '' : ` [contexts.${leaf.context}]`;
  return {
    value: readValue(key, leaf.value, leaf, remedy),
    origin: `${file.path}${inContext}`,
    get position() {
      return leaf.position;
    },
    folder: folderOf(file.path),
  };
}

function folderOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/, '') || '/';
}

function leavesInContexts(file: SettingsFile): readonly Leaf[] {
  return Object.entries(contextTables(file)).flatMap(([name, table]) => {
    if (isTable(table)) return leavesOf(file, table, ['contexts', name], name);
    throw mustBeSection(file, ['contexts', name]);
  });
}

function contextTables(file: SettingsFile): Table {
  const contexts = file.table['contexts'] ?? {};
  if (isTable(contexts)) return contexts;
  throw mustBeSection(file, ['contexts']);
}

/** The values of a table; a known key is a leaf, even if its value is a table. */
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
    if (sections.has(name)) throw mustBeSection(file, path);
    return [
      {
        name,
        context,
        value,
        get position() {
          return positionOf(file, path);
        },
      },
    ];
  });
}

function isTable(value: unknown): value is Table {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

const finders = new WeakMap<SettingsFile, ReturnType<typeof lineFinder>>();

function positionOf(file: SettingsFile, key: readonly string[]): string {
  const { path, text } = file;
  const find = finders.get(file) ?? lineFinder(text);
  finders.set(file, find);
  const line = find(key);
  return line === undefined ? path : `${path}, line ${line}`;
}

function mustBeSection(file: SettingsFile, path: readonly string[]): NubesError {
  const name = path.join('.');
  return new NubesError('CONFIGURATION', `${positionOf(file, path)}: ${name} must be a section.`, {
    hint: `write [${name}] on its own line, and its keys below`,
  });
}

async function unknownKey({ name, position }: Leaf): Promise<string> {
  const nearest = await nearestKey(name);
  const advice =
    nearest === undefined ? 'nubes-nb config list shows the known ones' : `did you mean ${nearest}`;
  return `${position}: unknown key ${name}; ${advice}${nearest === undefined ? '.' : '?'}`;
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
      // The names of contexts and groups are the user's own.
      const isContextName = path.length === 2 && path[0] === 'contexts';
      const isGroup = above.slice(-2).join('.') === 'limits.by_group';
      if (!isContextName && !isGroup && looksSecret(part)) throw secretInFile(file, path);
      refuseSecrets(file, inner, path);
    }
  }
}

function secretInFile(file: SettingsFile, path: readonly string[]): NubesError {
  return secretRefused(`${positionOf(file, path)}: ${path.join('.')}`);
}

export function secretRefused(subject: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `${subject} looks like a secret, and settings must not contain secrets.`,
    {
      hint: 'remove it; nubes-nb login asks for the password and keeps the session in the keychain',
    },
  );
}
