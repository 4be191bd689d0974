import type { Palette } from './palette.ts';

/**
 * One line, or a list of them. Line breaks within a line are printed as spaces: a value from outside
 * cannot add a line of its own.
 */
export type Text = string | readonly string[];

/** A line that a terminal breaks between words, and never within a command. */
export interface Wrapped {
  /** Before the text and a space; never broken. */
  readonly head?: string;
  readonly text: string;
  /** Before each line but the first; two spaces by default. */
  readonly indent?: string;
}

export type Line = string | Wrapped;

/** Where nothing is broken. */
export function wholeLine(line: Line): string {
  if (typeof line === 'string') return line;
  return line.head === undefined || line.head === '' ? line.text : `${line.head} ${line.text}`;
}

/** Sentences, each on lines of its own. */
export function sentences(...texts: readonly string[]): readonly Wrapped[] {
  return texts.map((text) => ({ text }));
}

/** What the text of a result depends on. */
export interface Display {
  /** stdout is a terminal: ages instead of timestamps, bold headings. */
  readonly isTty: boolean;
  /** Columns of stdout; 80 if unknown. */
  readonly width: number;
  readonly palette: Palette;
  readonly now: () => Date;
  /** The text with `--config` and `--context` in its commands, if this one has them. */
  readonly onSameCloud: (text: string) => string;
}

/** A column of a table: its heading, its cell, and whether only `-o wide` (or `-c`) shows it. */
export interface Column<Row> {
  readonly name: string;
  /** The heading if stdout is not a terminal and the cell differs there; `-c` accepts both. */
  readonly pipedName?: string;
  readonly cell: (row: Row, display: Display) => string;
  readonly wide?: boolean;
  /** What people type again: on a narrow terminal it is cut after the others. */
  readonly typed?: boolean;
}

/**
 * The result of a command. The printer turns it into text, a table, JSON, NDJSON or names. `data` is the
 * JSON output, so its shape is a contract: fields are only added, and a missing value is null, never "".
 */
export interface Report<Data = unknown> {
  readonly data: Data;
  /** One per line for `-o name` and `-q`; undefined if the command has no names to print. */
  readonly names?: readonly string[];
  /** The text form; without it the table is printed. */
  readonly text?: (display: Display) => string | readonly Line[];
  readonly table?: TableReport;
  /** Of a list, instead of `data` and in parts: NDJSON prints each at once, JSON all at the end. */
  readonly parts?: AsyncIterable<readonly unknown[]>;
  /** Each result was printed by `Terminal.printItem`. */
  readonly alreadyPrinted?: boolean;
  /** The exit code, if it is not 0 although there is a result. */
  readonly exitCode?: number;
}

/** One of many results, printed as soon as it is known. */
export interface ItemReport {
  /** The JSON output, on one line. */
  readonly data: unknown;
  /** For `-o name` and `-q`; undefined if the action was not done. */
  readonly name: string | undefined;
  readonly text: (display: Display) => string | readonly Line[];
}

/**
 * The table form. `-c a,b` selects columns by name. Without rows, `empty` is printed on stderr, and after the
 * table on a terminal the hints.
 */
export interface TableReport {
  readonly columns: readonly Column<never>[];
  readonly rows: readonly unknown[];
  readonly empty?: string;
  readonly hints?: readonly string[];
}

/** Makes sure that rows and columns have the same type. */
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
