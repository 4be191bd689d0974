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

/** More edits, or more than this part of the longer name, mean another word; the same as commander's. */
const maxEdits = 3;
const maxEditedPart = 0.6;

/** What may be meant by a misspelt or unfinished name; undefined if no known one is similar. */
export function similarOf(name: string, known: readonly string[]): string | undefined {
  const [similar] = known
    .map((each) => ({ each, edits: distance(each, name) }))
    .filter(({ each, edits }) => {
      const longer = Math.max(each.length, name.length);
      return edits > 0 && edits <= maxEdits && edits < longer * maxEditedPart;
    })
    .sort((one, other) => one.edits - other.edits);
  if (similar !== undefined) return similar.each;
  const [only, ...others] = known.filter((each) => each.startsWith(name) && each !== name);
  return others.length === 0 ? only : undefined;
}
