const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, in its largest unit: `5s`, `5m`, `20h`, `3d`. */
export function age(since: Date, now: Date): string {
  const past = Math.max(0, now.getTime() - since.getTime());
  if (past < minute) return `${Math.floor(past / second)}s`;
  if (past < hour) return `${Math.floor(past / minute)}m`;
  if (past < day) return `${Math.floor(past / hour)}h`;
  return `${Math.floor(past / day)}d`;
}

/** A span of milliseconds for people: `0.9s`, `48s`, `1m 26s`, `2h 5m`, `7d`. */
export function span(milliseconds: number): string {
  if (milliseconds < second) return `${(Math.max(0, milliseconds) / second).toFixed(1)}s`;
  const rounded = Math.round(milliseconds / second) * second;
  if (rounded < minute) return `${rounded / second}s`;
  if (rounded < hour) return inTwo(rounded, minute, 'm', second, 's');
  if (rounded < day) return inTwo(rounded, hour, 'h', minute, 'm');
  return inTwo(rounded, day, 'd', hour, 'h');
}

function inTwo(span: number, large: number, inLarge: string, small: number, inSmall: string) {
  const rest = Math.floor((span % large) / small);
  const whole = `${Math.floor(span / large)}${inLarge}`;
  return rest === 0 ? whole : `${whole} ${rest}${inSmall}`;
}
