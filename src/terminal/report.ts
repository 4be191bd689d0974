import type { Terminal } from './terminal.ts';

/** A column of a table: its heading, its cell, and whether only `-o wide` (or `-c`) shows it. */
export interface Column<Row> {
  readonly name: string;
  /** The heading where stdout is no terminal, as the cell differs there; `-c` knows both. */
  readonly pipedName?: string;
  readonly cell: (row: Row, terminal: Terminal) => string;
  readonly wide?: boolean;
}

/**
 * What a command found out. The printer turns it into text, a table, JSON, NDJSON or bare names;
 * `data` is what JSON shows, so its shape is a contract (fields are only ever added; null, never "").
 */
export interface Report<Data = unknown> {
  readonly data: Data;
  /** One per line for `-o name` and `-q`; undefined when names mean nothing for the command. */
  readonly names?: readonly string[];
  /** The text for people; without it the table is shown. */
  readonly text?: (terminal: Terminal) => string;
  readonly table?: TableReport;
  /** Everything has been printed already, item by item. */
  readonly told?: boolean;
  /** The program's exit code where it is not 0 although there is something to show. */
  readonly exitCode?: number;
}

/** One of many results: printed when it is there, not when all are. */
export interface ItemReport {
  /** What JSON shows, in one line. */
  readonly data: unknown;
  /** For `-o name` and `-q`; undefined for what has not been done. */
  readonly name: string | undefined;
  /** For people: a line, or a few. */
  readonly text: (terminal: Terminal) => string;
}

/** Rows for people. `-c a,b` chooses columns by name. `empty` is said on stderr when there are none. */
export interface TableReport {
  readonly columns: readonly Column<never>[];
  readonly rows: readonly unknown[];
  readonly empty?: string;
}

/** Ties rows to columns of the same type. */
export function tableOf<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty?: string,
): TableReport {
  return {
    rows,
    columns: columns as readonly Column<never>[],
    ...(empty === undefined ? {} : { empty }),
  };
}
