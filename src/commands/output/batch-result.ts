import { capital, interruption, NubesError } from '../../errors.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';

/**
 * What a batch comes to: undefined when everything is done; the items' own code when nothing is and
 * all failed alike; otherwise PARTLY_DONE.
 */
export function batchReport(
  items: readonly BatchResult[],
  interrupted: AbortSignal,
  again = 'the same command again does what is left.',
): NubesError | undefined {
  const failed = items.filter(({ result }) => result === 'failed');
  const skipped = items.filter(({ result }) => result === 'skipped');
  const done = items.length - failed.length - skipped.length;
  if (done === items.length) return undefined;
  const score = [
    `${done} of ${items.length} done`,
    ...(failed.length === 0 ? [] : [`failed: ${some(failed)}`]),
    ...(skipped.length === 0 ? [] : [`not begun: ${some(skipped)}`]),
  ].join('; ');
  if (interrupted.aborted) {
    return interruption(interrupted, `Interrupted, with ${score}.`, again);
  }
  const reasons = (failed.length > 0 ? failed : skipped).flatMap(({ failure }) => failure ?? []);
  const [first] = reasons;
  const alike = first !== undefined && reasons.every(({ exit }) => exit === first.exit);
  if (done > 0 || !alike) {
    const cause = reasons.find(({ code }) => code === 'BUG');
    return new NubesError('PARTLY_DONE', `${capital(score)}.`, { hint: again, cause });
  }
  const { code, message, hint, requestId } = first;
  const one = items.length === 1 ? message : `None of ${items.length} is done: ${message}`;
  return new NubesError(code, one, { hint, requestId, cause: first });
}

const mostNames = 12;

function some(items: readonly BatchResult[]): string {
  const names = items.slice(0, mostNames).map(({ name }) => name);
  const more = items.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
