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
