const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `90`, `90s`, `6m`, `2h` or `7d` (a bare number is seconds); undefined if invalid. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])?$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Math.round(Number(amount) * unitsMs[unit as keyof typeof unitsMs]);
}

/** Like `parseDuration`, but a bare number is invalid: `14` may be `14d` with the unit forgotten. */
export function parseDurationWithUnit(text: string): number | undefined {
  return /[smhd]\s*$/.test(text) ? parseDuration(text) : undefined;
}

/** The shortest text that `parseDuration` reads as this duration: `6m`, `90s`, `7d`. */
export function formatDurationSetting(durationMs: number): string {
  const { s, m, h, d } = unitsMs;
  if (durationMs > 0 && durationMs % d === 0) return `${durationMs / d}d`;
  if (durationMs > 0 && durationMs % h === 0) return `${durationMs / h}h`;
  if (durationMs > 0 && durationMs % m === 0) return `${durationMs / m}m`;
  return `${durationMs / s}s`;
}
