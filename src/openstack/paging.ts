import { ApiError } from './errors.ts';

/** One page and, when there may be more, the marker of the next. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

const mostPages = 100;

/**
 * All items of a paged list. Only markers are followed, never a link: behind a TLS proxy its host is
 * often wrong. Throws ApiError when the pages turn in a circle or never end.
 */
export async function allPages<Item>(
  service: { readonly name: string },
  fetchPage: (marker: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  let marker: string | undefined;
  do {
    const page = await fetchPage(marker);
    items.push(...page.items);
    marker = page.items.length > 0 ? page.next : undefined;
    if (marker !== undefined && (seen.has(marker) || seen.size >= mostPages)) {
      throw endless(service.name);
    }
    if (marker !== undefined) seen.add(marker);
  } while (marker !== undefined);
  return items;
}

function endless(service: string): ApiError {
  return new ApiError({
    service,
    status: 200,
    code: 'SERVICE_ERROR',
    message: `The pages of a list of ${service} do not end.`,
  });
}
