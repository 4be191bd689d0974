import { NubesError } from '../../errors.ts';

/** Throws USAGE unless the text is a number of lines. */
export function countFrom(lines: string): number {
  const count = /^\d{1,6}$/.test(lines) ? Number(lines) : 0;
  if (count > 0) return count;
  throw new NubesError('USAGE', `'${lines}' is not a number of lines.`, {
    hint: '-n takes a number from 1 to 999999',
  });
}
