import { NubesError } from '../errors.ts';
import { type Entry, isObject, readFields, wrong } from './fields.ts';

/** More notebooks than this are no batch but a mistake. */
const mostEntries = 1_000;

/**
 * Names one a line, `#` begins a comment; or NDJSON objects with a name and what is different for that
 * notebook. Throws USAGE naming the line.
 */
export function readLines(text: string, source: string): Entry[] {
  const entries = text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ line: line.trim(), place: `${source}, line ${index + 1}` }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, place }) => (line.startsWith('{') ? fromJson(line, place) : named(line, place)));
  if (entries.length > 0) return entries;
  throw new NubesError('USAGE', `${source} holds no names.`, {
    hint: 'one name a line, or one JSON object a line such as {"name": "train-01"}.',
  });
}

function named(line: string, place: string): Entry {
  return { name: line.replace(/\s+#.*$/, ''), place };
}

function fromJson(line: string, place: string): Entry {
  const object = parsed(line);
  if (!isObject(object)) {
    throw new NubesError('USAGE', `${place}: this is no JSON object.`, {
      hint: 'each line holds one, such as {"name": "train-01", "size": "l3.nano"}.',
    });
  }
  const { name } = object;
  if (typeof name !== 'string') throw wrong(place, 'name', 'a text');
  return { name, place, ...readFields(object, ['name'], () => place) };
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
export function checkEntries(
  entries: readonly Entry[],
  check: (name: string) => unknown,
): readonly Entry[] {
  if (entries.length > mostEntries) {
    throw new NubesError('USAGE', `These are ${entries.length} notebooks; at most ${mostEntries}.`);
  }
  const first = new Map<string, string>();
  for (const { name, place } of entries) {
    checkAt(name, place, check);
    const earlier = first.get(name);
    if (earlier !== undefined) {
      const where = earlier === place ? place : `${earlier} and ${place}`;
      throw new NubesError('USAGE', `${where}: ${name} is named twice.`);
    }
    first.set(name, place);
  }
  return entries;
}

function checkAt(name: string, place: string, check: (name: string) => unknown): void {
  try {
    check(name);
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    const { code, hint } = error;
    throw new NubesError(code, `${place}: ${error.message}`, { hint });
  }
}
