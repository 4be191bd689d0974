import { capital, exitCodes, interruption, NubesError } from '../../errors.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';

/**
 * The error of a whole batch; undefined if every notebook succeeded. It has the code of the notebooks' errors
 * if none succeeded and all have the same exit code; otherwise PARTLY_DONE.
 */
export function batchError(
  items: readonly BatchResult[],
  interrupted: AbortSignal,
  rerunHint = 'run the same command again for the rest',
): NubesError | undefined {
  const failed = items.filter(({ result }) => result === 'failed');
  const skipped = items.filter(({ result }) => result === 'skipped');
  const done = items.length - failed.length - skipped.length;
  if (done === items.length) return undefined;
  const score = [
    `${done} of ${items.length} done`,
    ...(failed.length === 0 ? [] : [`failed: ${namesOf(failed)}`]),
    ...(skipped.length === 0 ? [] : [`not begun: ${namesOf(skipped)}`]),
  ].join('; ');
  if (interrupted.aborted) {
    return interruption(interrupted, `Interrupted, with ${score}.`, rerunHint);
  }
  const errors = (failed.length > 0 ? failed : skipped).flatMap(({ error }) => error ?? []);
  const [first] = errors;
  const haveOneExit = first !== undefined && errors.every(({ exit }) => exit === first.exit);
  if (done > 0 || !haveOneExit) {
    const cause = errors.find(({ code }) => code === 'BUG');
    // A rerun meets the same limit: only more room helps.
    const isOverLimit = haveOneExit && first.exit === exitCodes.QUOTA_EXCEEDED;
    const hint = isOverLimit ? (first.hint ?? rerunHint) : rerunHint;
    return new NubesError('PARTLY_DONE', `${capital(score)}.`, { hint, cause });
  }
  const { code, message, hint, requestId } = first;
  const text = items.length === 1 ? message : `0 of ${items.length} done: ${message}`;
  return new NubesError(code, text, { hint, requestId, cause: first });
}

const maxNames = 12;

function namesOf(items: readonly BatchResult[]): string {
  const names = items.slice(0, maxNames).map(({ name }) => name);
  const more = items.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
