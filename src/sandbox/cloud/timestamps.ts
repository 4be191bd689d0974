/** Keystone's tokens: `2026-11-22T21:24:27.000000Z`. */
export function tokenTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}.000000Z`;
}

/** A token that expires with its credential: `2026-11-22T21:24:37`, without fraction and zone. */
export function bareTime(date: Date): string {
  return date.toISOString().slice(0, 19);
}

/** Nova's `created` and `updated`, Glance and Neutron: `2026-11-22T21:24:27Z`. */
export function secondTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Nova's `launched_at` and Keystone's application credentials: microseconds, without a zone. */
export function microTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}.000000`;
}

/** Parses an ISO 8601 time, UTC if it has no zone; `undefined` if it is invalid. */
export function parseTime(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) {
    return undefined;
  }
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10;
  const date = new Date(zoned ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
