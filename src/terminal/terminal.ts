import type { Outcome } from './outcome.ts';
import type { Palette } from './palette.ts';
import type { Display, ItemReport, Line, Report, Text } from './report.ts';
import type { Stderr } from './stderr.ts';

/** A step of a long-running command: `building`, `address`, `jupyter`... */
export interface ProgressStep {
  readonly name: string;
  readonly detail?: string | undefined;
  /** Another program may prompt on the terminal during this step, so no spinner is shown. */
  readonly asks?: boolean;
}

/** A choice in a picker. */
export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
  readonly description?: string;
  /** Stands for it once it is chosen; the name by default. */
  readonly short?: string;
  /** Why it is shown and cannot be chosen. */
  readonly disabled?: string | undefined;
}

/**
 * Questions to the user, on stderr. Each throws USAGE with `flag` in the hint if the terminal is not
 * interactive, and CANCELLED (exit 130) on Ctrl-C.
 */
export interface Questions {
  readonly text: (question: {
    message: string;
    flag: string;
    initial?: string;
    /** Why this answer will not do; undefined if it does. */
    problem?: (typed: string) => string | undefined;
    /** The same at Enter only, for what takes time. */
    check?: (typed: string) => Promise<string | undefined>;
  }) => Promise<string>;
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

/** The progress of several items at the same time. */
export interface MultiProgress {
  /** An item has started, or reached its next step. */
  readonly update: (name: string, step: ProgressStep) => void;
  readonly finish: (name: string, outcome: Outcome) => void;
}

/** Results go to stdout, everything else to stderr. */
export interface Terminal extends Display {
  /** stdin and stderr are terminals and `--no-input` is absent: `ask` works. */
  readonly interactive: boolean;
  /** Why prompts are not possible, e.g. `stdin is not a terminal`; undefined if they are. */
  readonly whyNotInteractive: () => string | undefined;
  /** `--no-input` is absent: ssh may prompt, as it opens /dev/tty itself. */
  readonly mayAsk: boolean;
  readonly output: 'table' | 'wide' | 'csv' | 'json' | 'ndjson' | 'name';
  readonly verbose: boolean;
  readonly debug: boolean;
  /** Colours for stderr, which may be a terminal if stdout is not. */
  readonly stderrPalette: Palette;
  readonly ask: Questions;
  /** On stderr, nothing with `-q`: lines as they are, or what a terminal breaks between words. */
  readonly info: (text: string | readonly Line[]) => void;
  /** `warning: ...` on stderr, also with `-q`. */
  readonly warn: (text: string) => void;
  /** On stderr, also with `-q`: lines, or a sentence that a terminal breaks between words; resolves when the stream has accepted it. */
  readonly printStderr: (text: Text) => Promise<void>;
  /** `error: ...` on stderr, broken between words at the terminal's width, and lines after it that are not. */
  readonly printSentences: Stderr['printSentences'];
  /** A redacted trace on stderr, with `--debug` only; may have several lines. */
  readonly trace: (text: string) => void;
  /** Prints a result on stdout in the selected output format. */
  readonly print: (report: Report) => Promise<void>;
  /** Prints one of many results on stdout, on lines of its own in every output format. */
  readonly printItem: (item: ItemReport) => Promise<void>;
  /**
   * Shows the progress of several items on stderr: on a terminal the step of each, the number done and
   * an estimate of the time left; when piped a line per started item; nothing with `-q` or data output.
   */
  readonly duringMany: <Result>(
    label: string,
    total: number,
    work: (progress: MultiProgress) => Promise<Result>,
  ) => Promise<Result>;
  /**
   * Shows steps on stderr while the work runs: on a terminal a spinner with seconds and a line per
   * finished step; when piped plain lines; nothing with `-q` or data output. Reporting the current step
   * again changes its detail.
   */
  readonly during: <Result>(
    label: string,
    work: (onProgress: (step: ProgressStep) => void) => Promise<Result>,
  ) => Promise<Result>;
  /**
   * Shows a table in place and loads it again every few seconds until the user leaves; resolves to the last one.
   * Throws USAGE if the terminal does not allow that, before the first load, and what the first load throws.
   */
  readonly watch: (load: () => Promise<Report>) => Promise<Report>;
  /** All of stdin as UTF-8. Throws USAGE beyond `maxBytes`. */
  readonly readInput: (maxBytes: number) => Promise<string>;
}
