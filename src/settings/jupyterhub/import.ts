import { ifRefused, readBounded, utf8Text } from '../../bounded-file.ts';
import { NubesError } from '../../errors.ts';
import type { GlobalFlags, World } from '../../world.ts';
import { requireKey } from '../change.ts';
import { header, writeEdits } from '../first-file.ts';
import { keys } from '../keys.ts';
import type { Value } from '../kinds.ts';
import { absolute } from '../places.ts';
import { checkRules, ruleWarnings } from '../rules.ts';
import { setInText } from '../toml-edit.ts';
import { importCloud, importHub } from './cloud.ts';
import { importDirectory } from './directory.ts';
import { Draft, type NotTaken } from './draft.ts';
import { type Option, readScript } from './python.ts';

/** What a configuration file of JupyterHub has for this program. */
export interface Imported {
  /** In the order of `config list`. */
  readonly settings: readonly (readonly [key: string, value: Value])[];
  readonly notTaken: readonly NotTaken[];
  /** What the settings lack or contradict, and what in the file is not Python. */
  readonly warnings: readonly string[];
}

const maxFileBytes = 256 * 1024;

/** Throws USAGE if the file cannot be read or sets no option. */
export async function importJupyterHub(world: World, file: string): Promise<Imported> {
  const { options, invalidLine } = await readScript(readText(absolute(world, file, world.cwd)));
  if (options.length === 0) {
    throw unusable(file, 'sets no option of JupyterHub, such as c.Spawner.port');
  }
  const drafts = parts.map(({ classes, read }) => {
    const draft = new Draft(inOrder(options.filter(({ className }) => classes.test(className))));
    read(draft);
    return draft;
  });
  const found = new Map(drafts.flatMap(({ settings }) => [...settings]));
  const settings = keys.flatMap(({ name }) => {
    const each = found.get(name);
    return each === undefined ? [] : [[name, each.value] as const];
  });
  const notTaken = drafts.flatMap((draft) => draft.notTaken);
  return {
    settings,
    notTaken: notTaken.toSorted((one, other) => one.line - other.line),
    warnings: [
      ...(invalidLine === undefined ? [] : [`line ${invalidLine} is not Python.`]),
      ...problemsOf(found),
    ],
  };
}

/** Those of the base class first. */
function inOrder(options: readonly Option[]): readonly Option[] {
  const isBase = ({ className }: Option) => /^(Authenticator|Spawner)$/.test(className);
  return [...options.filter(isBase), ...options.filter((each) => !isBase(each))];
}

const directoryClass = /^(\w*LDAP\w*|Authenticator)$/;
const spawnerClass = /Spawner$/;

const parts: readonly { readonly classes: RegExp; readonly read: (draft: Draft) => void }[] = [
  { classes: directoryClass, read: importDirectory },
  { classes: spawnerClass, read: importCloud },
  { classes: /^(?!\w*LDAP|Authenticator$)(?!\w*Spawner$)/, read: importHub },
];

/** The settings as TOML. */
export function settingsText(settings: Imported['settings']): string {
  return settings.reduce((text, [key, value]) => setInText(text, key.split('.'), value), '');
}

/**
 * Writes them into the user's settings file, which keeps what it has besides. Returns its path. Throws CONFIGURATION
 * if they do not fit the other settings; nothing is written then.
 */
export async function writeSettings(
  world: World,
  flags: GlobalFlags,
  settings: Imported['settings'],
): Promise<string> {
  const edits = await Promise.all(
    settings.map(async ([name, value]) => ({ key: await requireKey(name), value })),
  );
  return writeEdits(world, flags, edits, () => `${header}\n${settingsText(settings)}`);
}

function problemsOf(found: Draft['settings']): readonly string[] {
  const layer = new Map(
    [...found].map(([key, { value, line }]) => [
      key,
      { value, origin: '', position: `line ${line}` },
    ]),
  );
  try {
    checkRules(layer);
    return ruleWarnings(layer);
  } catch (error) {
    if (error instanceof NubesError) return [error.message];
    throw error;
  }
}

function readText(path: string): string {
  const { bytes } = ifRefused(
    () => readBounded(path, maxFileBytes),
    ({ message }) => {
      throw unusable(path, message);
    },
  );
  const text = utf8Text(bytes);
  if (text === undefined) throw unusable(path, 'is not UTF-8 text');
  return text;
}

function unusable(path: string, predicate: string): NubesError {
  const hint = 'nubes-nb config import jupyterhub jupyterhub_config.py';
  return new NubesError('USAGE', `${path} ${predicate}.`, { hint });
}
