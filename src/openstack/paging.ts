import { ApiError } from './errors.ts';

/** One page, and the marker of the next one if there may be more. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

const maxPages = 100;

/**
 * A paged list, by markers: the links have a wrong host behind many TLS proxies. A page is requested when
 * the one before has been used. Throws ApiError if a marker comes twice, or after 100 pages.
 */
export async function* eachPage<Item>(
  service: { readonly name: string },
  fetchPage: (marker: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[]> {
  const seen = new Set<string>();
  let marker: string | undefined;
  do {
    const page = await fetchPage(marker);
    yield page.items;
    marker = page.items.length > 0 ? page.next : undefined;
    if (marker !== undefined && (seen.has(marker) || seen.size >= maxPages)) {
      throw endlessList(service.name);
    }
    if (marker !== undefined) seen.add(marker);
  } while (marker !== undefined);
}

/** All items of such a list. */
export async function allPages<Item>(
  service: { readonly name: string },
  fetchPage: (marker: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of eachPage(service, fetchPage)) items.push(...page);
  return items;
}

function endlessList(service: string): ApiError {
  return new ApiError({
    service,
    status: 200,
    code: 'SERVICE_ERROR',
    message: `${service} sent a list whose pages do not end.`,
  });
}
