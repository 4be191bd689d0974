import { type ErrorCode, exitCodes, NubesError } from '../errors.ts';

/** How a step or an item ended. Only what did not work has failed; JSON has the word `failed` for all. */
export type Outcome = 'done' | 'failed' | 'timed out' | 'interrupted' | 'refused';

const outcomes: Readonly<Partial<Record<ErrorCode, Outcome>>> = {
  TIMED_OUT: 'timed out',
  OUTCOME_UNKNOWN: 'timed out',
  INTERRUPTED: 'interrupted',
  TERMINATED: 'interrupted',
  CANCELLED: 'interrupted',
};

/** `refused`: the name is taken, or the notebook's state does not allow it. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof NubesError)) return 'failed';
  return outcomes[error.code] ?? (error.exit === exitCodes.CONFLICT ? 'refused' : 'failed');
}
