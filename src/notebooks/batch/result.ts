import type { NubesError } from '../../errors.ts';
import type { ActionResult } from '../actions.ts';
import type { Notebook } from '../notebook.ts';
import type { ProgressStep } from '../waiting.ts';

/** The result of one notebook of a batch. */
export interface BatchResult {
  readonly name: string;
  /** A contract with scripts. */
  readonly result: ActionResult['result'] | 'failed' | 'skipped';
  /** The server's UUID; null if Nova has not returned it. */
  readonly id: string | null;
  /** As seen most recently; null if there is none or it was not read. */
  readonly notebook: Notebook | null;
  /** With the token if the request asks for it. */
  readonly url: string | null;
  /** With whom the existing notebook was shared. */
  readonly guest?: string | undefined;
  /** Null for a notebook whose step was not begun. */
  readonly durationMs: number | null;
  /** Why it failed, or why it was skipped. */
  readonly error: NubesError | null;
}

export interface BatchOptions {
  readonly concurrency: number;
  /** The rest is skipped after this many consecutive failures with the same error. */
  readonly maxFailures: number;
}

export interface BatchListener {
  readonly onProgress: (name: string, step: ProgressStep) => void;
  readonly onResult: (result: BatchResult) => void;
}
