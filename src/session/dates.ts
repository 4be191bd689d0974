const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** An expiry date in the local time zone, with the time left: `29 Nov 18:00 (7 days)`. */
export function formatExpiry(end: Date, now: Date): string {
  const date = end.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const time = end.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return `${date} ${time} (${durationInWords(end.getTime() - now.getTime())})`;
}

/** A duration in its largest unit: `7 days`, `5 hours`, `1 minute`. */
export function durationInWords(durationMs: number): string {
  if (durationMs >= 2 * dayMs) return `${Math.round(durationMs / dayMs)} days`;
  if (durationMs >= 2 * hourMs) return `${Math.round(durationMs / hourMs)} hours`;
  const minutes = Math.max(0, Math.round(durationMs / 60_000));
  return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
}
