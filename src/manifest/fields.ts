import { NubesError } from '../errors.ts';
import type { GivenGuest } from '../given-guest.ts';
import { parseDurationWithUnit } from '../settings/duration.ts';
import { idleTimes, lifetimes } from '../settings/keys.ts';
import { nearestOf } from '../settings/nearest.ts';
import { labelProblem } from './labels.ts';
import { checkRequirements, type Requirements } from './requirements.ts';

/** The fields of a notebook, apart from its name, in an NDJSON line or a manifest. */
export interface Fields {
  readonly image?: string | undefined;
  readonly size?: string | undefined;
  readonly network?: string | undefined;
  readonly key?: string | undefined;
  readonly alsoKeys?: readonly AlsoKeyField[] | undefined;
  /** The guest whom the notebook is for. */
  readonly for?: GivenGuest | undefined;
  readonly requirements?: Requirements | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly expiresMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  /** The positions of the fields that only OpenStack can check. */
  readonly positions?: Positions | undefined;
}

/** The file of a further public key. */
export interface AlsoKeyField {
  readonly file: string;
  readonly position: string;
}

export type Positions = Readonly<Partial<Record<(typeof stringKeys)[number], string>>>;

/** A notebook in a list or manifest; `position` is for messages: `stdin, line 17`. */
export interface ManifestEntry extends Fields {
  readonly name: string;
  readonly position: string;
}

/** Returns the position of a key; items of lists and mappings are `names.0` and `labels.course`. */
export type PositionOf = (key: string) => string;

const stringKeys = ['image', 'size', 'network', 'key'] as const;
const durationFields = { expires: 'expiresMs', idle_timeout: 'idleTimeoutMs' } as const;
/** The same limits as the settings of these names. */
const durationRules = { expires: lifetimes, idle_timeout: idleTimes };
const known: readonly string[] = [
  ...stringKeys,
  'also_keys',
  'for',
  'for_key',
  'requirements',
  'labels',
  ...Object.keys(durationFields),
];

/** Reads the fields of an object; `others` are the keys that the caller reads. Throws USAGE. */
export function readFields(
  object: Readonly<Record<string, unknown>>,
  others: readonly string[],
  positionOf: PositionOf,
): Fields {
  const fields: { -readonly [Name in keyof Fields]: Fields[Name] } = {};
  const positions: Partial<Record<(typeof stringKeys)[number], string>> = {};
  for (const [key, value] of Object.entries(object)) {
    if (others.includes(key)) continue;
    const position = positionOf(key);
    const stringKey = stringKeys.find((name) => name === key);
    if (stringKey !== undefined) {
      fields[stringKey] = readString(key, value, position);
      positions[stringKey] = position;
    } else if (key === 'for') fields.for = readFor(value, object['for_key'], positionOf);
    else if (key === 'for_key') {
      if (object['for'] === undefined)
        throw invalidValue(position, 'for_key', 'the key of a guest: add for: NAME');
    } else if (key === 'also_keys') fields.alsoKeys = readFiles(key, value, position, positionOf);
    else if (key === 'requirements')
      fields.requirements = readPackages(value, position, positionOf);
    else if (key === 'labels') fields.labels = readLabels(value, position, positionOf);
    else if (key === 'expires' || key === 'idle_timeout') {
      fields[durationFields[key]] = readDuration(key, value, position);
    } else throw unknownKey(key, [...others, ...known], position);
  }
  return { ...fields, positions };
}

export function unknownKey(key: string, keys: readonly string[], position: string): NubesError {
  const nearest = nearestOf(key, keys);
  const shown = key.replace(/[^\x20-\x7e]/g, '?').slice(0, 60);
  return new NubesError('USAGE', `${position}: there is no key '${shown}'.`, {
    hint: nearest === undefined ? `keys: ${keys.join(', ')}` : `did you mean '${nearest}'?`,
  });
}

export function invalidValue(position: string, key: string, expected: string): NubesError {
  return new NubesError('USAGE', `${position}: ${key} must be ${expected}.`);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An RSA key of 16384 bits has 2,800 characters. */
const maxKeyLength = 4_096;

function readString(key: string, value: unknown, position: string, maxLength = 255): string {
  const isValid =
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= maxLength &&
    !/\p{Control}/u.test(value);
  if (isValid) return value;
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  throw new NubesError('USAGE', `${position}: ${key} must be a string.`, {
    hint: isPlain ? `quote it: "${value}"` : undefined,
  });
}

function readFor(name: unknown, key: unknown, positionOf: PositionOf): GivenGuest {
  return {
    name: readString('for', name, positionOf('for')),
    key:
      key === undefined
        ? undefined
        : readString('for_key', key, positionOf('for_key'), maxKeyLength),
    position: positionOf('for'),
  };
}

function readFiles(
  key: string,
  value: unknown,
  position: string,
  positionOf: PositionOf,
): readonly AlsoKeyField[] {
  if (!Array.isArray(value)) throw invalidValue(position, key, 'a list of files');
  return value.map((item: unknown, index) => {
    const at = positionOf(`${key}.${index}`);
    return { file: readString(`each of ${key}`, item, at), position: at };
  });
}

/** A list of packages, or the name of a requirements file. */
function readPackages(value: unknown, position: string, positionOf: PositionOf): Requirements {
  if (typeof value === 'string' && value.includes('\n')) {
    throw invalidValue(position, 'requirements', 'a list such as [numpy, scipy], or a file');
  }
  if (!Array.isArray(value)) return { file: readString('requirements', value, position), position };
  const lines = value.map((item: unknown, index) => ({
    line: readString('each of requirements', item, positionOf(`requirements.${index}`)).trim(),
    position: positionOf(`requirements.${index}`),
  }));
  return checkRequirements(lines, position);
}

function readDuration(key: keyof typeof durationRules, value: unknown, position: string): number {
  const { read, expects } = durationRules[key];
  const durationMs = typeof value === 'string' ? parseDurationWithUnit(value) : undefined;
  if (durationMs !== undefined && read(value) !== undefined) return durationMs;
  throw invalidValue(position, key, expects);
}

function readLabels(
  value: unknown,
  position: string,
  positionOf: PositionOf,
): Record<string, string> {
  if (!isObject(value)) throw invalidValue(position, 'labels', 'a mapping, such as course: lpd');
  const labels = Object.entries(value).map(([key, each]): [string, string] => {
    const text = labelValue(each);
    const problem = text === undefined ? needsString : labelProblem(key, text);
    if (text !== undefined && problem === undefined) return [key, text];
    const shown = `the label '${key.slice(0, 60)}'`;
    throw new NubesError('USAGE', `${positionOf(`labels.${key}`)}: ${shown} ${problem}.`);
  });
  return Object.fromEntries(labels);
}

const needsString = 'needs a string; quote it if it looks like a number';

/** Undefined for a fraction: JSON.parse turns 2026.10 into 2026.1. */
function labelValue(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const isPlain = typeof value === 'boolean' || Number.isSafeInteger(value);
  return isPlain ? String(value) : undefined;
}
