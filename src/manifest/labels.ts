import { NubesError } from '../errors.ts';
import { printable } from './positions.ts';

/** A label becomes a Nova metadata key with a prefix, so it must be shorter than 255 characters. */
const labelKey = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const maxValueLength = 255;

/** The labels of any number of `--label key=value` flags. Throws USAGE, also for a repeated key. */
export function parseLabels(flags: readonly string[] = []): Record<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of flags.map(parseLabel)) {
    if (labels.has(key)) {
      throw new NubesError('USAGE', `The label '${key}' is given twice.`, {
        hint: `use --label ${key}=VALUE once; a key has one value`,
      });
    }
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}

function parseLabel(text: string): [string, string] {
  const equals = text.indexOf('=');
  const [key, value] = equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
  const problem = equals === -1 ? 'needs a value' : labelProblem(key, value);
  if (problem === undefined) return [key, value];
  throw new NubesError('USAGE', `The label '${printable(text)}' ${problem}.`, {
    hint: '--label takes key=value, such as course=2026',
  });
}

/** Why a label is invalid, as a predicate for the message; undefined if it is valid. */
export function labelProblem(key: string, value: string): string | undefined {
  if (!labelKey.test(key)) return 'has a key that is not 1 to 63 of a-z, A-Z, 0-9, _, . and -';
  if (value === '') return 'needs a value';
  if (value.length > maxValueLength) return `has a value of more than ${maxValueLength} characters`;
  return /\p{Control}/u.test(value) ? 'has a value with control characters' : undefined;
}
