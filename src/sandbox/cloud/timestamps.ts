/** The spellings of time on the wire. */

/** Keystone's tokens: `2026-11-22T21:24:27.000000Z`. */
export function tokenTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}.000000Z`;
}

/** A token that its credential's end cuts short: `2026-11-22T21:24:37`, with neither fraction nor zone. */
export function bareTime(date: Date): string {
  return date.toISOString().slice(0, 19);
}

/** Nova's `created` and `updated`, Glance and Neutron: `2026-11-22T21:24:27Z`. */
export function secondTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Nova's `launched_at` and Keystone's application credentials: microseconds and no zone. */
export function microTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}.000000`;
}

/** An ISO 8601 time that may lack its zone (then UTC); `undefined` when it is no time. */
export function parseTime(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) {
    return undefined;
  }
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10;
  const date = new Date(zoned ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
