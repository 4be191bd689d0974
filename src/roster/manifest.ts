import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { NubesError } from '../errors.ts';
import { type Entry, type Fields, isObject, readFields, unknownKey, wrong } from './fields.ts';
import { problemWith } from './labels.ts';
import { countedNames, expandRange } from './ranges.ts';

/** Notebooks as a file describes them. */
export interface Manifest {
  /** The label `set` that they all get, by which extra ones are known. */
  readonly set: string | undefined;
  readonly entries: readonly Entry[];
}

const topKeys = ['set', 'defaults', 'notebooks'];
const naming = ['name', 'names', 'count'];

/** Reads YAML or JSON. Throws USAGE with file, line and, for an unknown key, the nearest known one. */
export function readManifest(text: string, source: string): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\ufeff/, ''), { lineCounter: lines });
  const at = (offset: number) => `${source}, line ${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [sentence = ''] = broken.message.split(/ at line |\n/);
    throw new NubesError('USAGE', `${at(broken.pos[0])}: this is no YAML (${sentence}).`);
  }
  const placeOf = (node: unknown) => at((node as Node | null)?.range?.[0] ?? 0);
  const top = document.contents;
  if (!isMap(top)) throw wrong(placeOf(top), 'the manifest', 'keys with values; notebooks is one');
  const { keys, places, plain } = reader(document, placeOf);
  for (const [key, place] of keys(top)) {
    if (!topKeys.includes(key)) throw unknownKey(key, topKeys, place);
  }
  const set = readSet(plain(top)['set'], keys(top).get('set') ?? '');
  const defaults = readDefaults(top.get('defaults'), { places, plain, placeOf });
  const list = top.get('notebooks');
  if (!isSeq(list)) throw wrong(placeOf(list ?? top), 'notebooks', 'a list');
  const entries = list.items.flatMap((node) => {
    if (!isMap(node)) throw wrong(placeOf(node), 'each of notebooks', 'keys with values');
    const place = placeOf(node);
    const object = plain(node);
    const keyPlaces = places(node);
    const fields = readFields(object, naming, (key) => keyPlaces.get(key) ?? place);
    return namesIn(object, (key) => keyPlaces.get(key) ?? place).map((name) =>
      withDefaults({ ...fields, name, place }, defaults, set),
    );
  });
  if (entries.length === 0) throw wrong(placeOf(list), 'notebooks', 'a list of at least one');
  return { set, entries };
}

/** Reads a mapping's keys with their places, and its values as plain data. */
function reader(document: Document, placeOf: (node: unknown) => string) {
  const nameOf = (key: unknown) => (isScalar(key) ? String(key.value) : '');
  const keys = (map: YAMLMap) =>
    new Map(map.items.map(({ key }): [string, string] => [nameOf(key), placeOf(key)]));
  return {
    keys,
    /** Those of lists' items too, as `key.0`, `key.1`. */
    places: (map: YAMLMap) => {
      const found = keys(map);
      for (const { key, value } of map.items) {
        if (!isSeq(value)) continue;
        value.items.forEach((item, index) => {
          found.set(`${nameOf(key)}.${index}`, placeOf(item));
        });
      }
      return found;
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

/** The library refuses aliases that unfold into too much, or name nothing. */
function unfolded(work: () => unknown, place: string): unknown {
  try {
    return work();
  } catch {
    throw new NubesError('USAGE', `${place}: the aliases in here cannot be resolved.`);
  }
}

interface Reader extends Pick<ReturnType<typeof reader>, 'places' | 'plain'> {
  readonly placeOf: (node: unknown) => string;
}

function readSet(value: unknown, place: string): string | undefined {
  if (value === undefined) return undefined;
  const problem = typeof value === 'string' ? problemWith('set', value) : 'needs a text';
  if (typeof value === 'string' && problem === undefined) return value;
  throw wrong(place, 'set', 'a text of at most 255 characters');
}

function readDefaults(node: unknown, { places, plain, placeOf }: Reader): Fields {
  if (node === undefined || node === null) return {};
  if (!isMap(node)) throw wrong(placeOf(node), 'defaults', 'keys with values');
  const found = places(node);
  return readFields(plain(node), [], (key) => found.get(key) ?? placeOf(node));
}

/** One of `name`, `names`, or `name` with `count`. */
function namesIn(
  { name, names, count }: Readonly<Record<string, unknown>>,
  placeOf: (key: string) => string,
): readonly string[] {
  if ((name === undefined) === (names === undefined)) {
    throw new NubesError('USAGE', `${placeOf('name')}: a notebook needs either name or names.`);
  }
  if (count !== undefined) {
    const whole = Number.isInteger(count) && Number(count) >= 1 && Number(count) <= 1_000;
    if (!whole) throw wrong(placeOf('count'), 'count', 'a whole number from 1 to 1000');
    if (typeof name !== 'string') throw wrong(placeOf('count'), 'count', 'beside a name');
    return countedNames(name, Number(count));
  }
  const key = name === undefined ? 'names' : 'name';
  const texts: readonly unknown[] = Array.isArray(names) ? names : [name ?? names];
  return texts.flatMap((text) => {
    const expanded = typeof text === 'string' ? expandRange(text) : undefined;
    if (expanded === undefined)
      throw wrong(placeOf(key), key, 'a name, or a range like train-{01..30}');
    return expanded;
  });
}

function withDefaults(entry: Entry, defaults: Fields, set: string | undefined): Entry {
  const labels = { ...defaults.labels, ...entry.labels, ...(set === undefined ? {} : { set }) };
  return { ...defaults, ...entry, labels };
}
