import type { ItemReport, Report } from './report.ts';

/** A step of long work, as the work itself tells it: `building`, `address`, `jupyter`... */
export interface ProgressStep {
  readonly name: string;
  readonly detail?: string;
  /** Another program may ask something on the terminal meanwhile: nothing spins. */
  readonly asks?: boolean;
}

/** Colours and marks; each returns its text unchanged where colour is off. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** A choice in a picker. */
export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
  readonly description?: string;
}

/**
 * Questions to the person. Each throws USAGE naming `flag` when nobody can answer, and CANCELLED
 * ("Cancelled.", exit 130) when Ctrl-C answers. Questions are written on stderr.
 */
export interface Questions {
  readonly text: (question: { message: string; flag: string; initial?: string }) => Promise<string>;
  readonly password: (question: { message: string; flag: string }) => Promise<string>;
  readonly choose: <Value>(question: {
    message: string;
    flag: string;
    choices: readonly Choice<Value>[];
  }) => Promise<Value>;
  readonly confirm: (question: {
    message: string;
    flag: string;
    initial?: boolean;
  }) => Promise<boolean>;
}

/** Shows how many pieces of work go on at once. */
export interface MultiProgress {
  /** A piece has begun, or come to its next phase. */
  readonly entered: (name: string, phase: ProgressStep) => void;
  /** A piece is over. */
  readonly ended: (name: string, well: boolean) => void;
}

/** The only room that knows whether someone is watching. stdout is data, stderr is talk. */
export interface Terminal {
  /** stdin and stderr are terminals and `--no-input` is absent: questions may be asked. */
  readonly interactive: boolean;
  /** `--no-input` is absent: ssh may ask something, whatever our own streams are. */
  readonly mayAsk: boolean;
  /** stdout is a terminal: relative times, colour. */
  readonly watched: boolean;
  /** Columns of stdout; 80 when unknown. */
  readonly width: number;
  readonly output: 'table' | 'wide' | 'json' | 'ndjson' | 'name';
  readonly verbose: boolean;
  readonly debug: boolean;
  readonly palette: Palette;
  /** Colours for stderr, which may be a terminal when stdout is none. */
  readonly talkPalette: Palette;
  readonly ask: Questions;
  readonly now: () => Date;
  /** A line on stderr; silent with `-q`. */
  readonly say: (text: string) => void;
  /** `warning: ...` on stderr, also with `-q`. */
  readonly warn: (text: string) => void;
  /** Lines on stderr as they are, also with `-q`; resolves when the stream has taken them. */
  readonly complain: (text: string) => Promise<void>;
  /** A redacted trace line on stderr, with `--debug` only. */
  readonly trace: (text: string) => void;
  /** stdout gets the report in the form that was asked for. */
  readonly print: (report: Report) => Promise<void>;
  /** One of many results, as it comes: a line of its own whatever the form. */
  readonly printItem: (item: ItemReport) => Promise<void>;
  /**
   * Shows many pieces of work on stderr: on a terminal who is at what, how much is done and how long
   * it may take; a line for each that begins when piped; nothing with `-q` or data output.
   */
  readonly duringMany: <Result>(
    label: string,
    total: number,
    work: (board: MultiProgress) => Promise<Result>,
  ) => Promise<Result>;
  /**
   * Shows phases on stderr while the work runs: a spinner with seconds on a terminal, and a line per
   * finished phase; plain lines when piped; nothing with `-q` or data output. Entering the current
   * phase again changes its detail.
   */
  readonly during: <Result>(
    label: string,
    work: (onProgress: (phase: ProgressStep) => void) => Promise<Result>,
  ) => Promise<Result>;
  /** All of stdin as UTF-8, at most `limit` bytes; USAGE beyond. */
  readonly readInput: (limit: number) => Promise<string>;
}
