import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { NubesError } from '../errors.ts';
import {
  type Fields,
  isObject,
  type ManifestEntry,
  type PlaceOf,
  readFields,
  unknownKey,
  wrong,
} from './fields.ts';
import { problemWith } from './labels.ts';
import { maxEntries, type NameRef } from './lines.ts';
import { withoutMark } from './positions.ts';
import { countedNames, expandRange } from './ranges.ts';

/** Notebooks as a file describes them. */
export interface Manifest {
  /** The label `set` that they all get, by which extra ones are known. */
  readonly set: string | undefined;
  readonly entries: readonly ManifestEntry[];
}

const topKeys = ['set', 'defaults', 'notebooks'];
const naming = ['name', 'names', 'count'];

/** Reads YAML or JSON. Throws USAGE with file, line and, for an unknown key, the nearest known one. */
export function readManifest(text: string, source: string): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(withoutMark(text), { lineCounter: lines });
  const at = (offset: number) => `${source}, line ${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [sentence = ''] = broken.message.split(/ at line |\n/);
    throw new NubesError('USAGE', `${at(broken.pos[0])}: this is no YAML (${sentence}).`);
  }
  keepLabels(document);
  const placeOf = (node: unknown) => at((node as Node | null)?.range?.[0] ?? 0);
  const top = document.contents;
  if (!isMap(top)) throw wrong(placeOf(top), 'the manifest', 'keys with values; notebooks is one');
  const reading = reader(document, placeOf);
  const { keys, plain } = reading;
  for (const [key, place] of keys(top)) {
    if (!topKeys.includes(key)) throw unknownKey(key, topKeys, place);
  }
  const set = readSet(plain(top)['set'], keys(top).get('set') ?? '');
  const defaults = readDefaults(top.get('defaults', true), reading);
  const list = top.get('notebooks', true);
  if (!isSeq(list)) throw wrong(placeOf(list ?? top), 'notebooks', 'a list');
  const entries: ManifestEntry[] = [];
  // Counted on the way: a short file may unfold into more than fits into memory.
  for (const node of list.items) {
    for (const entry of entriesIn(node, reading)) {
      if (entries.length === maxEntries) throw tooMany(entry.place);
      entries.push(withDefaults(entry, defaults, set));
    }
  }
  if (entries.length === 0) throw wrong(placeOf(list), 'notebooks', 'a list of at least one');
  return { set, entries };
}

/** Labels are texts as they are written: 2026.10 is no number to be shortened. */
function keepLabels(document: Document): void {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || key.value !== 'labels' || !isMap(value)) return;
      for (const label of value.items.flatMap((pair) => [pair.key, pair.value])) {
        const isText = isScalar(label) && label.value !== null && label.source !== undefined;
        if (isText) label.value = label.source;
      }
    },
  });
}

function tooMany(place: string): NubesError {
  return new NubesError(
    'USAGE',
    `${place}: up to here these are more than ${maxEntries} notebooks; at most ${maxEntries}.`,
  );
}

/** The notebooks that one item of the list describes. */
function entriesIn(node: unknown, { plain, placesIn, placeOf }: Reader): readonly ManifestEntry[] {
  if (!isMap(node)) throw wrong(placeOf(node), 'each of notebooks', 'keys with values');
  const object = plain(node);
  const places = placesIn(node);
  const fields = readFields(object, naming, places);
  return namesIn(object, places).map((named) => ({ ...fields, ...named }));
}

/** Reads a mapping's keys with their places, and its values as plain data. */
function reader(document: Document, placeOf: (node: unknown) => string): Reader {
  const nameOf = (key: unknown) => (isScalar(key) ? String(key.value) : '');
  const keys = (map: YAMLMap) =>
    new Map(map.items.map(({ key }): [string, string] => [nameOf(key), placeOf(key)]));
  return {
    placeOf,
    keys,
    placesIn: (map: YAMLMap): PlaceOf => {
      const found = keys(map);
      for (const { key, value } of map.items) {
        for (const [inner, place] of placesInside(value, keys, placeOf)) {
          found.set(`${nameOf(key)}.${inner}`, place);
        }
      }
      // What an alias names stands elsewhere.
      return (key) => found.get(key) ?? found.get(key.split('.')[0] ?? '') ?? placeOf(map);
    },
    plain: (map: YAMLMap): Readonly<Record<string, unknown>> => {
      const value: unknown = unfolded(
        () => map.toJS(document, { maxAliasCount: 100 }),
        placeOf(map),
      );
      return isObject(value) ? value : {};
    },
  };
}

function placesInside(
  value: unknown,
  keys: Reader['keys'],
  placeOf: Reader['placeOf'],
): Iterable<readonly [string | number, string]> {
  if (isMap(value)) return keys(value);
  return isSeq(value) ? value.items.map((item, index) => [index, placeOf(item)] as const) : [];
}

/** The library refuses aliases that unfold into too much, or name nothing. */
function unfolded(work: () => unknown, place: string): unknown {
  try {
    return work();
  } catch {
    throw new NubesError('USAGE', `${place}: the aliases in here cannot be resolved.`);
  }
}

interface Reader {
  readonly placeOf: (node: unknown) => string;
  readonly keys: (map: YAMLMap) => Map<string, string>;
  readonly placesIn: (map: YAMLMap) => PlaceOf;
  readonly plain: (map: YAMLMap) => Readonly<Record<string, unknown>>;
}

function readSet(value: unknown, place: string): string | undefined {
  if (value === undefined) return undefined;
  const problem = typeof value === 'string' ? problemWith('set', value) : 'needs a text';
  if (typeof value === 'string' && problem === undefined) return value;
  throw wrong(place, 'set', 'a text of at most 255 characters');
}

function readDefaults(node: unknown, { plain, placesIn, placeOf }: Reader): Fields {
  if (node === undefined || (isScalar(node) && node.value === null)) return {};
  if (!isMap(node)) throw wrong(placeOf(node), 'defaults', 'keys with values');
  return readFields(plain(node), [], placesIn(node));
}

/** One of `name`, `names`, or `name` with `count`. */
function namesIn(
  { name, names, count }: Readonly<Record<string, unknown>>,
  placeOf: PlaceOf,
): readonly NameRef[] {
  if ((name === undefined) === (names === undefined)) {
    throw new NubesError('USAGE', `${placeOf('name')}: a notebook needs either name or names.`);
  }
  if (count !== undefined) {
    const whole = Number.isInteger(count) && Number(count) >= 1 && Number(count) <= 1_000;
    if (!whole) throw wrong(placeOf('count'), 'count', 'a whole number from 1 to 1000');
    if (typeof name !== 'string') throw wrong(placeOf('count'), 'count', 'beside a name');
    const place = placeOf('name');
    return countedNames(name, Number(count)).map((each) => ({ name: each, place }));
  }
  if (!Array.isArray(names))
    return namesFor(name ?? names, name === undefined ? 'names' : 'name', placeOf);
  const named: NameRef[] = [];
  for (const [index, text] of names.entries()) {
    named.push(...namesFor(text, `names.${index}`, placeOf));
    // One too many is enough to be refused.
    if (named.length > maxEntries) break;
  }
  return named;
}

function namesFor(text: unknown, key: string, placeOf: PlaceOf): readonly NameRef[] {
  const place = placeOf(key);
  const expanded = typeof text === 'string' ? expandRange(text) : undefined;
  if (expanded !== undefined) return expanded.map((name) => ({ name, place }));
  throw wrong(place, key.split('.')[0] ?? key, 'a name, or a range like train-{01..30}');
}

function withDefaults(
  entry: ManifestEntry,
  defaults: Fields,
  set: string | undefined,
): ManifestEntry {
  const labels = { ...defaults.labels, ...entry.labels, ...(set === undefined ? {} : { set }) };
  const places = { ...defaults.places, ...entry.places };
  return { ...defaults, ...entry, labels, places };
}
