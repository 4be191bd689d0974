const maxRequests = 10;

/** The results of a request for each item, so many at a time; ends with the first that fails. */
export async function inGroups<Item, Result>(
  items: readonly Item[],
  request: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += maxRequests) {
    results.push(...(await Promise.all(items.slice(at, at + maxRequests).map(request))));
  }
  return results;
}
