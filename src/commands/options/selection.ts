import { resolve } from 'node:path';
import type { App } from '../../app.ts';
import { FileRefusal, readBounded, readInheritedPipe, utf8Text } from '../../bounded-file.ts';
import { NubesError } from '../../errors.ts';
import type { ManifestEntry } from '../../manifest/fields.ts';
import type { NameRef } from '../../manifest/lines.ts';
import type { Targets } from '../../notebooks/batch/request.ts';
import { checkName, readReference } from '../../notebooks/name.ts';
import { type BatchFlags, isListed, isSelecting, type SelectionFlags } from './batch.ts';
import { missingName } from './name.ts';

const maxInputBytes = 4 * 1024 * 1024;

/**
 * The name, if exactly one was given: then the output is that of one notebook. Undefined for several,
 * and with `-o ndjson`, which prints a line per item. Throws CommanderError if there is no name.
 */
export function onlyName(
  { terminal }: App,
  names: readonly string[],
  options: Partial<BatchFlags> & SelectionFlags & { readonly for?: string },
): string | undefined {
  const [name] = names;
  const elsewhere = isListed(options) || isSelecting(options);
  if (name === undefined && !elsewhere) throw missingName();
  const alone = names.length === 1 && !elsewhere && options.dryRun !== true;
  return alone && terminal.output !== 'ndjson' ? name : undefined;
}

/** The notebooks to create, from arguments and `--from`; each name is valid and unique. Throws USAGE. */
export async function createEntries(
  app: App,
  names: readonly string[],
  from: string | undefined,
): Promise<readonly ManifestEntry[]> {
  const { readLines, checkEntries } = await import('../../manifest/lines.ts');
  const lines = await readFrom(app, from, readLines);
  return checkEntries([...namesOf(names), ...lines], checkName);
}

/** The named notebooks, from arguments and `--from`. */
async function nameRefs(
  app: App,
  names: readonly string[],
  from: string | undefined,
): Promise<readonly NameRef[]> {
  const { readNames, checkEntries } = await import('../../manifest/lines.ts');
  const lines = await readFrom(app, from, readNames);
  return checkEntries([...namesOf(names), ...lines], readReference);
}

function namesOf(words: readonly string[]): NameRef[] {
  return words.map((name) => ({ name, position: 'the command line' }));
}

async function readFrom<Line>(
  app: App,
  from: string | undefined,
  read: (text: string, source: string) => readonly Line[],
): Promise<readonly Line[]> {
  if (from === undefined) return [];
  return read(await readSource(app, from), from === '-' ? 'stdin' : from);
}

/** The text of a file, or of stdin for `-`. Throws USAGE. */
export async function readSource(
  { world, terminal }: App,
  from: string | undefined,
): Promise<string> {
  if (from !== '-') return readText(resolve(world.cwd, from ?? ''), from ?? '');
  if (world.stdin.isTTY === true) {
    throw new NubesError('USAGE', 'stdin is a terminal; pipe names into it.', {
      hint: "seq -f 'train-%02g' 5 | nubes-nb create --from -",
    });
  }
  return terminal.readInput(maxInputBytes);
}

export async function readText(path: string, shown: string): Promise<string> {
  try {
    const pipe = await readInheritedPipe(path, maxInputBytes);
    const bytes = pipe ?? readBounded(path, maxInputBytes).bytes;
    const text = utf8Text(bytes);
    if (text === undefined) throw new FileRefusal('is not UTF-8 text');
    return text;
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error;
    const why = error.message;
    throw new NubesError('USAGE', `${shown} ${why}.`, {
      hint: refusalHints.find(([begin]) => why.startsWith(begin))?.[1],
    });
  }
}

const refusalHints = [
  ['is a', 'copy it into a regular file'],
  ['is not UTF-8', 'save it as UTF-8; spreadsheets call that CSV UTF-8'],
] as const;

/** The notebooks a command is to act on. Throws USAGE. */
export async function targetsOf(
  app: App,
  names: readonly string[],
  options: Pick<BatchFlags, 'from'> & SelectionFlags,
): Promise<Targets> {
  if (!isSelecting(options)) {
    const all = await nameRefs(app, names, options.from);
    return all.map(({ name, id = name, position }) => ({ reference: id, name, position }));
  }
  if (names.length > 0 || options.from !== undefined) {
    throw new NubesError('USAGE', 'Names cannot be combined with --all, --older-than or --label.');
  }
  const { parseLabels } = await import('../../manifest/labels.ts');
  const { olderThan } = options;
  return {
    labels: parseLabels(options.label),
    ...(olderThan === undefined ? {} : { olderThanMs: await ageOf(olderThan) }),
  };
}

async function ageOf(text: string): Promise<number> {
  const { parseDurationWithUnit } = await import('../../settings/duration.ts');
  const age = parseDurationWithUnit(text);
  if (age !== undefined) return age;
  throw new NubesError('USAGE', `'${text}' is not a duration with a unit.`, {
    hint: '--older-than takes a number with s, m, h or d: 12h, 30d',
  });
}
