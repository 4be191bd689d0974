import { NubesError, withoutStop } from '../errors.ts';
import { hintForAll } from '../hints.ts';

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
  const shown = faults.slice(0, maxShown);
  const rest = faults.length - shown.length;
  const list = [
    ...shown.map(({ message }) => withoutStop(message)),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ];
  return new NubesError('USAGE', `${faults.length} faults: ${list.join('; ')}.`, {
    hint: hintForAll(shown.map(({ message, hint }) => ({ where: positionIn(message), hint }))),
  });
}

/** `people.csv, line 2 and people.csv, line 3`: what stands before the first colon of a row's fault. */
function positionIn(message: string): string {
  return /^.+?, line \d+(?=: )/.exec(message)?.[0] ?? '';
}
