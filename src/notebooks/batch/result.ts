import type { NubesError } from '../../errors.ts';
import type { ActionResult } from '../actions.ts';
import type { Notebook } from '../notebook.ts';
import type { ProgressStep } from '../waiting.ts';

/** What became of a notebook. A contract with scripts. */
export type ResultKind = ActionResult['result'] | 'failed' | 'skipped';

/** One notebook of a batch, when it has ended. */
export interface BatchResult {
  readonly name: string;
  readonly result: ResultKind;
  /** The server's UUID, as far as Nova has told it. */
  readonly id: string | null;
  /** As it was last seen; null where there is none, or it was not looked at. */
  readonly notebook: Notebook | null;
  /** Its URL, with the token where that was asked for. */
  readonly url: string | null;
  /** How long it took; null for what was not begun. */
  readonly milliseconds: number | null;
  /** Why it failed, or why it was not begun. */
  readonly failure: NubesError | null;
}

/** How a batch is carried out. */
export interface BatchOptions {
  /** How many at a time. */
  readonly concurrency: number;
  /** After so many failures alike in a row the rest is not begun. */
  readonly maxFailures: number;
}

/** Hears how a batch goes. */
export interface BatchListener {
  readonly entered: (name: string, phase: ProgressStep) => void;
  readonly ended: (item: BatchResult) => void;
}
