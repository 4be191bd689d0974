import { NubesError, withPosition } from '../errors.ts';
import { invalidValue, isObject, type ManifestEntry, readFields } from './fields.ts';
import { type Line, linesIn, repetition } from './positions.ts';
import { readRows } from './rows.ts';

/** Upper bound, to catch accidental input. */
export const maxEntries = 1_000;

/** A reference to a notebook; `position` is for messages. */
export interface NameRef {
  readonly name: string;
  /** The server's UUID, if the line contains it. */
  readonly id?: string;
  readonly position: string;
}

/**
 * Reads notebooks to create: one name per line, `#` starts a comment; or NDJSON objects with a name and
 * the fields of that notebook. Throws USAGE with the line.
 */
export function readLines(text: string, source: string): readonly ManifestEntry[] {
  const lines = contentLines(text, source);
  if (lines.length > 0)
    return readRows(lines, (line) => (isJson(line) ? entryFromJson(line) : nameRef(line)));
  throw new NubesError('USAGE', `${source} contains no names.`, {
    hint: 'one name per line, or one JSON object per line such as {"name": "train-01"}',
  });
}

/**
 * Reads references to existing notebooks. Only `name` and `id` of an object count, so that the NDJSON
 * output of `ls` and batches can be piped in; after a filter it may be empty. Throws USAGE.
 */
export function readNames(text: string, source: string): readonly NameRef[] {
  return readRows(contentLines(text, source), (line) =>
    isJson(line) ? nameRefFromJson(line) : nameRef(line),
  );
}

function contentLines(text: string, source: string): Line[] {
  return linesIn(text, source)
    .map((line) => ({ ...line, text: line.text.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
}

function isJson({ text }: Line): boolean {
  return text.startsWith('{');
}

function nameRef({ text, position }: Line): NameRef {
  return { name: text.replace(/\s+#.*$/, ''), position };
}

function entryFromJson(line: Line): ManifestEntry {
  const { position } = line;
  const object = objectIn(line);
  if (outputKeys.some((key) => key in object)) throw outputLineRefused(position);
  const name = nameIn(object, position);
  return { name, position, ...readFields(object, ['name'], () => position) };
}

/** Keys that only the output of `ls` and batches has. */
const outputKeys = ['vmName', 'result', 'change'];

/** Output has no key file and a size that is an object, so the new notebook would differ from it. */
function outputLineRefused(position: string): NubesError {
  return new NubesError(
    'USAGE',
    `${position}: this is output of nubes-nb, not a description of a notebook to create.`,
    {
      hint: 'jq -r .name extracts the names; jq -c can build objects with more fields',
    },
  );
}

function nameRefFromJson(line: Line): NameRef {
  const { position } = line;
  const object = objectIn(line);
  const { id } = object;
  const name = nameIn(object, position);
  return typeof id === 'string' ? { name, id, position } : { name, position };
}

function objectIn({ text, position }: Line): Readonly<Record<string, unknown>> {
  const object = tryParse(text);
  if (isObject(object)) return object;
  throw new NubesError('USAGE', `${position}: this is not a JSON object.`, {
    hint: 'one object per line, such as {"name": "train-01", "size": "l3.nano"}',
  });
}

function nameIn({ name }: Readonly<Record<string, unknown>>, position: string): string {
  if (typeof name === 'string') return name;
  throw invalidValue(position, 'name', 'a string');
}

function tryParse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Checks the number of entries, each name with `check`, and that no name occurs twice. Throws USAGE. */
export function checkEntries<Item extends NameRef>(
  entries: readonly Item[],
  check: (name: string) => unknown,
): readonly Item[] {
  if (entries.length > maxEntries) {
    throw new NubesError(
      'USAGE',
      `The list has ${entries.length} notebooks; the limit is ${maxEntries}.`,
    );
  }
  const repeated = repetition();
  return readRows(entries, (entry) => {
    const { name, id, position } = entry;
    checkAt(id ?? name, position, check);
    const where = repeated(id ?? name, position);
    if (where === undefined) return entry;
    throw new NubesError('USAGE', `${where}: ${name} is named twice.`);
  });
}

function checkAt(name: string, position: string, check: (name: string) => unknown): void {
  try {
    check(name);
  } catch (error) {
    throw withPosition(error, position);
  }
}
