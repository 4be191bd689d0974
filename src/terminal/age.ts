const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long ago, in the largest unit: `5s`, `5m`, `20h`, `3d`. */
export function formatAge(since: Date, now: Date): string {
  const ageMs = Math.max(0, now.getTime() - since.getTime());
  if (ageMs < minuteMs) return `${Math.floor(ageMs / secondMs)}s`;
  if (ageMs < hourMs) return `${Math.floor(ageMs / minuteMs)}m`;
  if (ageMs < dayMs) return `${Math.floor(ageMs / hourMs)}h`;
  return `${Math.floor(ageMs / dayMs)}d`;
}

/** The distance to a time as people say it: `in 2 days`, `3 hours ago`; the text itself if it is not a time. */
export function formatDistance(timestamp: string, now: Date): string {
  const distanceMs = Date.parse(timestamp) - now.getTime();
  if (Number.isNaN(distanceMs)) return timestamp;
  const [unit, unitMs] = largestUnit(Math.abs(distanceMs));
  const distance = Math.trunc(distanceMs / unitMs);
  return distance === 0 ? 'now' : new Intl.RelativeTimeFormat('en').format(distance, unit);
}

function largestUnit(ageMs: number): [unit: 'second' | 'minute' | 'hour' | 'day', unitMs: number] {
  if (ageMs < minuteMs) return ['second', secondMs];
  if (ageMs < hourMs) return ['minute', minuteMs];
  return ageMs < dayMs ? ['hour', hourMs] : ['day', dayMs];
}

/** An ISO 8601 duration such as `PT12H` as people say it: `12h`; the text itself if it is another one. */
export function formatIsoDuration(text: string): string {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text)?.slice(1);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (found ?? []).map((part) =>
    Number(part ?? 0),
  );
  const durationMs = days * dayMs + hours * hourMs + minutes * minuteMs + seconds * secondMs;
  return durationMs === 0 ? text : formatDuration(durationMs);
}

/** A duration in its two largest units: `0.9s`, `48s`, `1m 26s`, `2h 5m`, `7d`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < secondMs) return `${(Math.max(0, durationMs) / secondMs).toFixed(1)}s`;
  const roundedMs = Math.round(durationMs / secondMs) * secondMs;
  if (roundedMs < minuteMs) return `${roundedMs / secondMs}s`;
  if (roundedMs < hourMs) return inTwoUnits(roundedMs, [minuteMs, 'm'], [secondMs, 's']);
  if (roundedMs < dayMs) return inTwoUnits(roundedMs, [hourMs, 'h'], [minuteMs, 'm']);
  return inTwoUnits(roundedMs, [dayMs, 'd'], [hourMs, 'h']);
}

type Unit = readonly [milliseconds: number, symbol: string];

function inTwoUnits(durationMs: number, [largeMs, large]: Unit, [smallMs, small]: Unit): string {
  const whole = `${Math.floor(durationMs / largeMs)}${large}`;
  const rest = Math.floor((durationMs % largeMs) / smallMs);
  return rest === 0 ? whole : `${whole} ${rest}${small}`;
}
