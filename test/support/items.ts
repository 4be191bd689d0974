/** A line that a batch prints for one notebook. */
export interface ItemLine {
  readonly name: string;
  readonly result: string;
  /** In a line of a plan. */
  readonly change?: string;
  readonly id: string | null;
  readonly status: string | null;
  readonly url: string | null;
  readonly seconds: number | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly packages?: string | null;
  readonly error: {
    readonly code: string;
    readonly exit: number;
    readonly message: string;
    readonly hint: string | null;
    readonly requestId: string | null;
  } | null;
}

/** The lines of stdout, parsed as JSON. */
export function itemsIn({ stdout }: { readonly stdout: string }): ItemLine[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ItemLine);
}

/** The number of items with each result. */
export function countsOf(items: readonly ItemLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { result } of items) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

export function namesOf(count: number, prefix = 'train'): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`,
  );
}
