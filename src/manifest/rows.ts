import { NubesError, withoutStop } from '../errors.ts';

/** A message is one paragraph. */
const maxShown = 10;
/** As many as a list may have rows; a hostile one may have more, each of which takes time. */
const maxCounted = 1_000;

/** Reads every row, also after one with a fault, so that a list is mended in one round. Throws USAGE with the faults of all. */
export function readRows<Row, Result>(
  rows: readonly Row[],
  read: (row: Row) => Result,
): readonly Result[] {
  const faults = new Map<string, NubesError>();
  const results: Result[] = [];
  for (const row of rows) {
    try {
      results.push(read(row));
    } catch (error) {
      if (!(error instanceof NubesError) || error.code !== 'USAGE') throw error;
      faults.set(error.message, error);
      if (faults.size === maxCounted) break;
    }
  }
  const [first, ...more] = faults.values();
  if (first === undefined) return results;
  throw more.length === 0 ? first : allOf([first, ...more]);
}

function allOf(faults: readonly NubesError[]): NubesError {
  const shown = faults.slice(0, maxShown).map(({ message }) => withoutStop(message));
  const rest = faults.length - shown.length;
  const list = [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
  const hint = faults.find((fault) => fault.hint !== undefined)?.hint;
  return new NubesError('USAGE', `${faults.length} faults: ${list}.`, { hint });
}
