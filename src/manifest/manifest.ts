import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { NubesError } from '../errors.ts';
import {
  type Fields,
  invalidValue,
  isObject,
  type ManifestEntry,
  type PositionOf,
  readFields,
  unknownKey,
} from './fields.ts';
import { labelProblem } from './labels.ts';
import { maxEntries, type NameRef } from './lines.ts';
import { withoutBom } from './positions.ts';
import { countedNames, expandRange } from './ranges.ts';
import { readRows } from './rows.ts';

/** The contents of a manifest file. */
export interface Manifest {
  /** The value of the label `set` of all its notebooks; `--prune` finds extra ones by it. */
  readonly set: string | undefined;
  readonly entries: readonly ManifestEntry[];
}

const topKeys = ['set', 'defaults', 'notebooks'];
const nameKeys = ['name', 'names', 'count'];

/** Reads YAML or JSON. Throws USAGE with file and line. */
export function readManifest(text: string, source: string): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(withoutBom(text), { lineCounter: lines, merge: true });
  const at = (offset: number) => `${source}, line ${lines.linePos(offset).line}`;
  // A warning is a tag such as !env, which the library would ignore.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw invalidYaml(at(problem.pos[0]), problem);
  keepLabelSource(document);
  const positionOf = (node: unknown) => at((node as Node | null)?.range?.[0] ?? 0);
  const reader = mapReader(document, positionOf);
  const top = reader.resolve(document.contents);
  if (!isMap(top))
    throw invalidValue(positionOf(top), 'the manifest', 'a mapping with the key notebooks');
  const { keys, resolve } = reader;
  for (const [key, position] of keys(top)) {
    if (!topKeys.includes(key)) throw unknownKey(key, topKeys, position);
  }
  const set = readSet(resolve(top.get('set', true)), keys(top).get('set') ?? '');
  const defaults = readDefaults(resolve(top.get('defaults', true)), reader);
  const list = resolve(top.get('notebooks', true));
  if (!isSeq(list)) throw invalidValue(positionOf(list ?? top), 'notebooks', 'a list');
  const entries: ManifestEntry[] = [];
  readRows(list.items, (node) => {
    // The ranges of a short file may expand into more than fits into memory.
    if (entries.length > maxEntries) return;
    const more = entriesIn(resolve(node), reader);
    entries.push(...more.map((entry) => withDefaults(entry, defaults, set)));
  });
  const excess = entries[maxEntries];
  if (excess !== undefined) throw tooManyEntries(excess.position);
  if (entries.length === 0)
    throw invalidValue(positionOf(list), 'notebooks', 'a list of at least one');
  return { set, entries };
}

function invalidYaml(position: string, { code, message }: YAMLError): NubesError {
  if (code === 'MULTIPLE_DOCS') {
    return new NubesError('USAGE', `${position}: a second document begins; a manifest is one.`, {
      hint: 'remove the line ---, or use a file for each',
    });
  }
  const [sentence = ''] = message.split(/ at line |\n/);
  return new NubesError('USAGE', `${position}: this is not valid YAML (${sentence}).`);
}

/** Keeps labels as written: YAML would turn 2026.10 into the number 2026.1. */
function keepLabelSource(document: Document): void {
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

function tooManyEntries(position: string): NubesError {
  return new NubesError(
    'USAGE',
    `${position}: the manifest has more than ${maxEntries} notebooks, which is the limit.`,
  );
}

/** The notebooks of one item of the list. */
function entriesIn(
  node: unknown,
  { plain, positionsIn, positionOf }: MapReader,
): readonly ManifestEntry[] {
  if (!isMap(node)) throw invalidValue(positionOf(node), 'each item of notebooks', 'a mapping');
  const object = plain(node);
  const positions = positionsIn(node);
  const fields = readFields(object, nameKeys, positions);
  return namesIn(object, positions).map((ref) => ({ ...fields, ...ref }));
}

/** Reads the keys of a mapping with their positions, and its values as plain data. */
function mapReader(document: Document, positionOf: (node: unknown) => string): MapReader {
  const nameOf = (key: unknown) => (isScalar(key) ? String(key.value) : '');
  const keys = (map: YAMLMap) =>
    new Map(map.items.map(({ key }): [string, string] => [nameOf(key), positionOf(key)]));
  return {
    positionOf,
    keys,
    resolve: (node) => {
      if (!isAlias(node)) return node;
      const found = node.resolve(document);
      if (found === undefined) throw unresolved(positionOf(node));
      return found;
    },
    positionsIn: (map: YAMLMap): PositionOf => {
      const found = keys(map);
      for (const { key, value } of map.items) {
        for (const [inner, position] of positionsInside(value, keys, positionOf)) {
          found.set(`${nameOf(key)}.${inner}`, position);
        }
      }
      // The contents of an alias are at another position.
      return (key) => found.get(key) ?? found.get(key.split('.')[0] ?? '') ?? positionOf(map);
    },
    plain: (map: YAMLMap): Readonly<Record<string, unknown>> => {
      const value: unknown = resolveAliases(
        () => map.toJS(document, { maxAliasCount: 100 }),
        positionOf(map),
      );
      return isObject(value) ? value : {};
    },
  };
}

function positionsInside(
  value: unknown,
  keys: MapReader['keys'],
  positionOf: MapReader['positionOf'],
): Iterable<readonly [string | number, string]> {
  if (isMap(value)) return keys(value);
  return isSeq(value) ? value.items.map((item, index) => [index, positionOf(item)] as const) : [];
}

/** The library throws for an unknown alias, or more than `maxAliasCount` of them. */
function resolveAliases(work: () => unknown, position: string): unknown {
  try {
    return work();
  } catch {
    throw unresolved(position);
  }
}

function unresolved(position: string): NubesError {
  return new NubesError('USAGE', `${position}: cannot resolve the YAML aliases in it.`);
}

interface MapReader {
  /** The node that an alias stands for; any other node itself. */
  readonly resolve: (node: unknown) => unknown;
  readonly positionOf: (node: unknown) => string;
  readonly keys: (map: YAMLMap) => Map<string, string>;
  readonly positionsIn: (map: YAMLMap) => PositionOf;
  readonly plain: (map: YAMLMap) => Readonly<Record<string, unknown>>;
}

function readSet(node: unknown, position: string): string | undefined {
  if (node === undefined) return undefined;
  const value = isScalar(node) ? node.value : undefined;
  const problem = typeof value === 'string' ? labelProblem('set', value) : 'needs a string';
  if (typeof value === 'string' && problem === undefined) return value;
  throw invalidValue(position, 'set', 'a string of at most 255 characters');
}

function readDefaults(node: unknown, { plain, positionsIn, positionOf }: MapReader): Fields {
  if (node === undefined || (isScalar(node) && node.value === null)) return {};
  if (!isMap(node)) throw invalidValue(positionOf(node), 'defaults', 'a mapping');
  return readFields(plain(node), [], positionsIn(node));
}

/** Reads `name`, `names`, or `name` with `count`. */
function namesIn(
  { name, names, count }: Readonly<Record<string, unknown>>,
  positionOf: PositionOf,
): readonly NameRef[] {
  if ((name === undefined) === (names === undefined)) {
    throw new NubesError('USAGE', `${positionOf('name')}: a notebook needs either name or names.`);
  }
  if (count !== undefined) {
    const isValid = Number.isInteger(count) && Number(count) >= 1 && Number(count) <= 1_000;
    if (!isValid) throw invalidValue(positionOf('count'), 'count', 'a whole number from 1 to 1000');
    if (typeof name !== 'string')
      throw invalidValue(positionOf('count'), 'count', 'used together with name');
    const position = positionOf('name');
    return countedNames(name, Number(count)).map((each) => ({ name: each, position }));
  }
  if (!Array.isArray(names))
    return namesFor(name ?? names, name === undefined ? 'names' : 'name', positionOf);
  const refs: NameRef[] = [];
  for (const [index, text] of names.entries()) {
    refs.push(...namesFor(text, `names.${index}`, positionOf));
    // The caller refuses more than that.
    if (refs.length > maxEntries) break;
  }
  return refs;
}

function namesFor(text: unknown, key: string, positionOf: PositionOf): readonly NameRef[] {
  const position = positionOf(key);
  const expanded = typeof text === 'string' ? expandRange(text) : undefined;
  if (expanded !== undefined) return expanded.map((name) => ({ name, position }));
  throw invalidValue(position, key.split('.')[0] ?? key, 'a name, or a range like train-{01..30}');
}

function withDefaults(
  entry: ManifestEntry,
  defaults: Fields,
  set: string | undefined,
): ManifestEntry {
  const labels = { ...defaults.labels, ...entry.labels, ...(set === undefined ? {} : { set }) };
  const positions = { ...defaults.positions, ...entry.positions };
  return { ...defaults, ...entry, labels, positions };
}
