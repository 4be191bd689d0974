import { NubesError } from '../errors.ts';
import { parseWithUnit } from '../settings/duration.ts';
import { idleTimes, lifetimes } from '../settings/keys.ts';
import { nearestOf } from '../settings/nearest.ts';
import { problemWith } from './labels.ts';
import { checkRequirements, type Requirements } from './requirements.ts';

/** What a line or a manifest says of a notebook beside its name. Durations are milliseconds. */
export interface Fields {
  readonly image?: string | undefined;
  readonly size?: string | undefined;
  readonly network?: string | undefined;
  readonly key?: string | undefined;
  readonly requirements?: Requirements | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly expires?: number | undefined;
  readonly idleTimeout?: number | undefined;
  /** Where those are written that only the cloud can check. */
  readonly places?: Places | undefined;
}

export type Places = Readonly<Partial<Record<(typeof texts)[number], string>>>;

/** A notebook that somebody has written down, and where: `stdin, line 17`. */
export interface ManifestEntry extends Fields {
  readonly name: string;
  readonly place: string;
}

/** Says where a key stands; inside a list or a mapping, `key.0`, `labels.course` and so on. */
export type PlaceOf = (key: string) => string;

const texts = ['image', 'size', 'network', 'key'] as const;
const durations = { expires: 'expires', idle_timeout: 'idleTimeout' } as const;
/** What the settings of the same names take. */
const spans = { expires: lifetimes, idle_timeout: idleTimes };
const known: readonly string[] = [...texts, 'requirements', 'labels', ...Object.keys(durations)];

/** Reads the fields of an object; `others` are keys that the caller reads. Throws USAGE. */
export function readFields(
  object: Readonly<Record<string, unknown>>,
  others: readonly string[],
  placeOf: PlaceOf,
): Fields {
  const fields: { -readonly [Name in keyof Fields]: Fields[Name] } = {};
  const places: Partial<Record<(typeof texts)[number], string>> = {};
  for (const [key, value] of Object.entries(object)) {
    if (others.includes(key)) continue;
    const place = placeOf(key);
    const text = texts.find((name) => name === key);
    if (text !== undefined) {
      fields[text] = readText(key, value, place);
      places[text] = place;
    } else if (key === 'requirements') fields.requirements = readPackages(value, place, placeOf);
    else if (key === 'labels') fields.labels = readLabels(value, place, placeOf);
    else if (key === 'expires' || key === 'idle_timeout') {
      fields[durations[key]] = readDuration(key, value, place);
    } else throw unknownKey(key, [...others, ...known], place);
  }
  return { ...fields, places };
}

export function unknownKey(key: string, keys: readonly string[], place: string): NubesError {
  const nearest = nearestOf(key, keys);
  const shown = key.replace(/[^\x20-\x7e]/g, '?').slice(0, 60);
  return new NubesError('USAGE', `${place}: there is no key '${shown}'.`, {
    hint: nearest === undefined ? `the keys are ${keys.join(', ')}.` : `did you mean '${nearest}'?`,
  });
}

export function wrong(place: string, key: string, expected: string): NubesError {
  return new NubesError('USAGE', `${place}: ${key} must be ${expected}.`);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(key: string, value: unknown, place: string): string {
  const fine =
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= 255 &&
    !/\p{Control}/u.test(value);
  if (fine) return value;
  throw wrong(place, key, 'a text');
}

/** A list of packages, or the text that names their file. */
function readPackages(value: unknown, place: string, placeOf: PlaceOf): Requirements {
  if (!Array.isArray(value)) return { file: readText('requirements', value, place), place };
  const lines = value.map((item: unknown, index) => ({
    line: readText('each of requirements', item, placeOf(`requirements.${index}`)).trim(),
    place: placeOf(`requirements.${index}`),
  }));
  return checkRequirements(lines, place);
}

function readDuration(key: keyof typeof spans, value: unknown, place: string): number {
  const { read, expects } = spans[key];
  const span = typeof value === 'string' ? parseWithUnit(value) : undefined;
  if (span !== undefined && read(value) !== undefined) return span;
  throw wrong(place, key, expects);
}

function readLabels(value: unknown, place: string, placeOf: PlaceOf): Record<string, string> {
  if (!isObject(value)) throw wrong(place, 'labels', 'keys with values, such as course: lpd');
  const labels = Object.entries(value).map(([key, each]): [string, string] => {
    const text = labelText(each);
    const problem = text === undefined ? notAsWritten : problemWith(key, text);
    if (text !== undefined && problem === undefined) return [key, text];
    const shown = `the label '${key.slice(0, 60)}'`;
    throw new NubesError('USAGE', `${placeOf(`labels.${key}`)}: ${shown} ${problem}.`);
  });
  return Object.fromEntries(labels);
}

const notAsWritten = 'needs a text, in quotes where it looks like a number';

/** Of 2026.10 only 2026.1 is left once it was read as a number. */
function labelText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const isPlain = typeof value === 'boolean' || Number.isSafeInteger(value);
  return isPlain ? String(value) : undefined;
}
