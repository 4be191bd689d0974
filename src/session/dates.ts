const hour = 3_600_000;
const day = 24 * hour;

/** An end of time in the user's own zone, with what is left of it: `29 Nov 18:00 (7 days)`. */
export function until(end: Date, now: Date): string {
  const date = end.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const time = end.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return `${date} ${time} (${span(end.getTime() - now.getTime())})`;
}

/** `7 days`, `5 hours`, `1 minute`. */
export function span(left: number): string {
  if (left >= 2 * day) return `${Math.round(left / day)} days`;
  if (left >= 2 * hour) return `${Math.round(left / hour)} hours`;
  const minutes = Math.max(0, Math.round(left / 60_000));
  return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
}
