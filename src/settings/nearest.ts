import { distance } from 'fastest-levenshtein';

/** The known dotted name that `name` was probably meant to be; undefined when none is near. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const [nearest, steps] = known
    .map((each) => [each, distance(each, name)] as const)
    .reduce((best, each) => (each[1] < best[1] ? each : best));
  if (steps <= 3) return nearest;
  const sameName = known.find((each) => lastPart(each) === lastPart(name));
  return sameName ?? (steps <= name.length / 2 ? nearest : undefined);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
