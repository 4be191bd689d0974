import { NubesError, withPosition } from '../errors.ts';
import { isObject, type ManifestEntry, readFields, wrong } from './fields.ts';
import { type Line, linesIn } from './positions.ts';

/** More notebooks than this are no batch but a mistake. */
export const maxEntries = 1_000;

/** A notebook that somebody means, and where they say so. */
export interface NameRef {
  readonly name: string;
  /** Its server's UUID, where that is written beside the name. */
  readonly id?: string;
  readonly place: string;
}

/**
 * Names one a line, `#` begins a comment; or NDJSON objects with a name and what is different for that
 * notebook. Throws USAGE naming the line.
 */
export function readLines(text: string, source: string): ManifestEntry[] {
  const lines = saidIn(text, source);
  if (lines.length > 0) return lines.map((line) => (isJson(line) ? wished(line) : named(line)));
  throw new NubesError('USAGE', `${source} holds no names.`, {
    hint: 'one name a line, or one JSON object a line such as {"name": "train-01"}.',
  });
}

/**
 * The same for notebooks there are: of an object only the name and, where there is one, the UUID count, so
 * that lines which `ls` and batches print can be read; a filter may have left none. Throws USAGE.
 */
export function readNames(text: string, source: string): NameRef[] {
  return saidIn(text, source).map((line) => (isJson(line) ? mentioned(line) : named(line)));
}

function saidIn(text: string, source: string): Line[] {
  return linesIn(text, source)
    .map((line) => ({ ...line, text: line.text.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
}

function isJson({ text }: Line): boolean {
  return text.startsWith('{');
}

function named({ text, place }: Line): NameRef {
  return { name: text.replace(/\s+#.*$/, ''), place };
}

function wished(line: Line): ManifestEntry {
  const { place } = line;
  const object = objectIn(line);
  if (printedKeys.some((key) => key in object)) throw printedByUs(place);
  const name = nameIn(object, place);
  return { name, place, ...readFields(object, ['name'], () => place) };
}

/** Keys of what `ls` and batches print; a wish has none of them. */
const printedKeys = ['vmName', 'result', 'change'];

/** It tells a size as an object and no key file, so what is made of it would quietly differ. */
function printedByUs(place: string): NubesError {
  return new NubesError('USAGE', `${place}: this is a line that nubes-nb printed, not a wish.`, {
    hint: 'jq -r .name makes names of such lines; jq -c can add what else is wished for.',
  });
}

function mentioned(line: Line): NameRef {
  const { place } = line;
  const object = objectIn(line);
  const { id } = object;
  const name = nameIn(object, place);
  return typeof id === 'string' ? { name, id, place } : { name, place };
}

function objectIn({ text, place }: Line): Readonly<Record<string, unknown>> {
  const object = parsed(text);
  if (isObject(object)) return object;
  throw new NubesError('USAGE', `${place}: this is no JSON object.`, {
    hint: 'each line holds one, such as {"name": "train-01", "size": "l3.nano"}.',
  });
}

function nameIn({ name }: Readonly<Record<string, unknown>>, place: string): string {
  if (typeof name === 'string') return name;
  throw wrong(place, 'name', 'a text');
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Checks a batch as a whole: every name with `check`, which throws USAGE, and none twice. The message
 * says where it stands.
 */
export function checkEntries<Written extends NameRef>(
  entries: readonly Written[],
  check: (name: string) => unknown,
): readonly Written[] {
  if (entries.length > maxEntries) {
    throw new NubesError('USAGE', `These are ${entries.length} notebooks; at most ${maxEntries}.`);
  }
  const first = new Map<string, string>();
  for (const { name, id, place } of entries) {
    checkAt(id ?? name, place, check);
    const earlier = first.get(id ?? name);
    if (earlier !== undefined) {
      const where = earlier === place ? place : `${earlier} and ${place}`;
      throw new NubesError('USAGE', `${where}: ${name} is named twice.`);
    }
    first.set(id ?? name, place);
  }
  return entries;
}

function checkAt(name: string, place: string, check: (name: string) => unknown): void {
  try {
    check(name);
  } catch (error) {
    throw withPosition(error, place);
  }
}
