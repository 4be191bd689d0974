import { distance } from 'fastest-levenshtein';

/** The known key with the smallest edit distance to `name`; undefined if none is similar. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const [nearest, edits] = known
    .map((each) => [each, distance(each, name)] as const)
    .reduce((best, each) => (each[1] < best[1] ? each : best));
  if (edits <= 3) return nearest;
  const sameLastPart = known.find((each) => lastPart(each) === lastPart(name));
  return sameLastPart ?? (edits <= name.length / 2 ? nearest : undefined);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
