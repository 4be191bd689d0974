const maxRangeLength = 1_000;

/** What a person's name takes the place of in the name of a notebook. */
export const personPattern = '{name}';

/** `train-{01..30}` is 30 names; a text without braces, or with `{name}`, is one. Undefined for an invalid range. */
export function expandRange(text: string): readonly string[] | undefined {
  const [, before, from = '', to = '', after] =
    /^(.*)\{(\d{1,6})\.\.(\d{1,6})\}(.*)$/.exec(text) ?? [];
  if (before === undefined || after === undefined) {
    return /[{}]/.test(text.replaceAll(personPattern, '')) ? undefined : [text];
  }
  const [first, last] = [Number(from), Number(to)];
  if (/[{}]/.test(before + after) || last < first || last - first >= maxRangeLength)
    return undefined;
  const width = from.startsWith('0') || to.startsWith('0') ? Math.max(from.length, to.length) : 0;
  return Array.from(
    { length: last - first + 1 },
    (_, index) => before + String(first + index).padStart(width, '0') + after,
  );
}

/** `train` with a count of 30 is train-01 to train-30. */
export function countedNames(name: string, count: number): readonly string[] {
  const width = String(count).length;
  return Array.from(
    { length: count },
    (_, index) => `${name}-${String(index + 1).padStart(width, '0')}`,
  );
}
