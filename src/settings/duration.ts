const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `90`, `90s`, `6m`, `2h` or `7d` (bare numbers are seconds); undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])?$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Math.round(Number(amount) * units[unit as keyof typeof units]);
}

/** The same, but a bare number is none: whoever forgets the `d` of `14d` must not mean seconds. */
export function parseWithUnit(text: string): number | undefined {
  return /[smhd]\s*$/.test(text) ? parseDuration(text) : undefined;
}

/** The same span as the shortest text that `parseDuration` reads: `6m`, `90s`, `7d`. */
export function formatDuration(milliseconds: number): string {
  const { s, m, h, d } = units;
  if (milliseconds > 0 && milliseconds % d === 0) return `${milliseconds / d}d`;
  if (milliseconds > 0 && milliseconds % h === 0) return `${milliseconds / h}h`;
  if (milliseconds > 0 && milliseconds % m === 0) return `${milliseconds / m}m`;
  return `${milliseconds / s}s`;
}
