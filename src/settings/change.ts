import { dirname } from 'node:path';
import { NubesError, unwritable } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import { linkTarget } from '../link-target.ts';
import type { GlobalFlags, World } from '../world.ts';
import { contextNames, noContext, recordContexts, requireContext } from './contexts.ts';
import { parseToml, readSettingsFile, type Table } from './files.ts';
import { findKey, looksSecret, nearestKey } from './key-names.ts';
import type { Key } from './keys.ts';
import type { Value } from './kinds.ts';
import { secretRefused } from './layer.ts';
import { absolute, configFile } from './places.ts';
import { readSources, requireProfile } from './sources.ts';
import { setInText, unsetInText } from './toml-edit.ts';

/** The result of `config set` and `config unset`. */
export interface Change {
  readonly key: string;
  readonly path: string;
  /** False if the file had this value already. */
  readonly changed: boolean;
  readonly value: Value | null;
}

/**
 * Sets a key in the user's file, in `[contexts.NAME]` with `--context NAME`. Throws USAGE for an unknown
 * key or an invalid value, CONFIGURATION for a secret or a file that cannot be changed.
 */
export async function setSetting(
  world: World,
  flags: GlobalFlags,
  name: string,
  text: string,
): Promise<Change> {
  return change(world, flags, await editOf(world, flags, name, text));
}

/** A key with its new value; undefined removes it. */
export interface Edit {
  readonly key: Key;
  readonly value: Value | undefined;
}

/** Throws like `setSetting`. */
export async function editOf(
  world: World,
  flags: GlobalFlags,
  name: string,
  text: string,
): Promise<Edit> {
  const key = await requireKey(name);
  const value = parseValue(world, key, text);
  if (key.name === 'site') requireProfile(text, { position: 'site' });
  if (key.name === 'context') {
    const chosen = { value: text, origin: '', position: 'context' };
    requireContext(chosen, await readSources(world, flags));
  }
  return { key, value };
}

/** Letters and digits, so that no table needs quotes and no shell does either. */
const contextName = /^[A-Za-z0-9][\w-]*$/;
const maxNameLength = 63;

/** Makes `[contexts.NAME]` with at least one setting. Throws USAGE, CONFLICT, and like `setSetting`. */
export async function createContext(
  world: World,
  flags: GlobalFlags,
  name: string,
  values: readonly (readonly [key: string, text: string])[],
): Promise<{ readonly path: string }> {
  if (!contextName.test(name) || name.length > maxNameLength || name === noContext) {
    throw new NubesError('USAGE', `'${name}' cannot be the name of a context.`, {
      hint: `use letters, digits, - and _, at most ${maxNameLength}, and not ${noContext}`,
    });
  }
  if (contextNames(await readSources(world, flags)).includes(name)) {
    throw new NubesError('CONFLICT', `There is a context "${name}" already.`, {
      hint: `nubes-nb --context ${name} config set KEY VALUE changes it`,
    });
  }
  if (values.some(([key]) => key === 'context')) {
    throw new NubesError('USAGE', 'A context cannot select a context.', {
      hint: `nubes-nb context use ${name}, once it is there`,
    });
  }
  const edits: Edit[] = [];
  for (const [key, text] of values) edits.push(await editOf(world, flags, key, text));
  return editSettings(world, { ...flags, context: name }, edits);
}

/** Removes a key from the user's file. Throws like `setSetting`. */
export async function unsetSetting(
  world: World,
  flags: GlobalFlags,
  name: string,
): Promise<Change> {
  return change(world, flags, { key: await requireKey(name), value: undefined });
}

/** Throws USAGE with the nearest known key, CONFIGURATION for a name of a secret. */
export async function requireKey(name: string): Promise<Key> {
  const key = findKey(name);
  if (key !== undefined) return key;
  if (looksSecret(name)) throw secretRefused(name);
  const nearest = await nearestKey(name);
  throw new NubesError('USAGE', `There is no setting "${name}".`, {
    hint: nearest === undefined ? 'nubes-nb config list' : `did you mean ${nearest}?`,
  });
}

function parseValue(world: World, key: Key, text: string): Value {
  if (text.includes('PRIVATE KEY-----')) throw secretRefused(key.name);
  const value = key.kind.read(key.kind.fromText(text));
  if (value === undefined) {
    throw new NubesError('USAGE', `${key.name} must be ${key.kind.expects}.`, {
      hint: `nubes-nb config set ${key.name} VALUE`,
    });
  }
  const isRelativePath = key.kind.isPath === true && !text.startsWith('~');
  // Relative to the working directory now, but to the folder of the file when it is read.
  return isRelativePath ? absolute(world, text, world.cwd) : value;
}

async function change(world: World, flags: GlobalFlags, edit: Edit): Promise<Change> {
  const { path, changed } = await editSettings(world, flags, [edit]);
  return { key: edit.key.name, path, changed, value: edit.value ?? null };
}

/** Writes all or nothing. */
export async function editSettings(
  world: World,
  flags: GlobalFlags,
  edits: readonly Edit[],
): Promise<{ readonly path: string; readonly changed: boolean }> {
  const path = configFile(world, flags);
  const file = await readSettingsFile(path);
  let [text, table] = [file?.text ?? '', file?.table ?? {}];
  for (const { key, value } of edits) {
    const keyPath = pathIn(flags, key);
    const after =
      value === undefined ? unsetInText(text, keyPath) : setInText(text, keyPath, value);
    if (after === undefined && valueAt(table, keyPath) !== undefined)
      throw cannotEdit(path, keyPath);
    if (after === undefined || after === text) continue;
    [text, table] = [after, withValue(table, keyPath, value)];
    if (!(await parsesTo(path, text, table))) throw cannotEdit(path, keyPath);
  }
  if (text === (file?.text ?? '')) return { path, changed: false };
  await save(path, text);
  // A file that is invalid elsewhere may still be changed.
  const sources = await readSources(world, flags).catch(() => undefined);
  if (sources !== undefined) await recordContexts(world, flags, sources);
  return { path, changed: true };
}

function pathIn({ context }: GlobalFlags, key: Key): readonly string[] {
  const path = key.name.split('.');
  const isOwn = context !== undefined && context !== noContext && key.name !== 'context';
  return isOwn ? ['contexts', context, ...path] : path;
}

/** Whether the edited text parses to the expected table; otherwise it is not written. */
async function parsesTo(path: string, text: string, expected: Table): Promise<boolean> {
  try {
    return canonical(await parseToml(path, text)) === canonical(expected);
  } catch {
    return false;
  }
}

function cannotEdit(path: string, keyPath: readonly string[]): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `Cannot change ${keyPath.join('.')} in ${path} safely: the file uses TOML that this command does not edit.`,
    { hint: `edit ${path} by hand` },
  );
}

function valueAt(table: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => entriesOf(inner).get(part), table);
}

/** A copy with one value set, or removed if it is undefined; missing sections are added. */
function withValue(table: unknown, path: readonly string[], value: Value | undefined): Table {
  const [part = '', ...rest] = path;
  const copy = entriesOf(table);
  if (rest.length > 0) copy.set(part, withValue(copy.get(part), rest, value));
  else if (value === undefined) copy.delete(part);
  else copy.set(part, value);
  return Object.fromEntries(copy);
}

function entriesOf(table: unknown): Map<string, unknown> {
  return new Map(typeof table === 'object' && table !== null ? Object.entries(table) : []);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export async function save(path: string, text: string): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  try {
    const target = await linkTarget(path);
    await makeFolder(dirname(target), 0o700);
    await writeFileAtomic(target, text, { mode: 0o600 });
  } catch (error) {
    throw unwritable(`The settings file ${path}`, error, '--config FILE or XDG_CONFIG_HOME');
  }
}
