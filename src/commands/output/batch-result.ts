import {
  afterColon,
  capital,
  exitCodes,
  interruption,
  NubesError,
  shortList,
} from '../../errors.ts';
import { hintForAll } from '../../hints.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';
import { NoSuchNotebook } from '../../notebooks/errors.ts';
import { outcomeOf } from '../../terminal/outcome.ts';
import type { ItemReport } from '../../terminal/report.ts';
import type { Terminal } from '../../terminal/terminal.ts';

/** Prints results one after the other while the batch continues. */
export interface ItemWriter {
  readonly print: (item: ItemReport) => void;
  /** Resolves when everything is printed, to the first error of the output. */
  readonly ended: () => Promise<NubesError | undefined>;
}

/** A line that cannot be written stops neither the batch nor later lines. */
export function openItemWriter(terminal: Pick<Terminal, 'printItem'>): ItemWriter {
  let firstError: NubesError | undefined;
  let printing = Promise.resolve();
  const keep = (error: unknown) => {
    if (!(error instanceof NubesError)) throw error;
    firstError ??= error;
  };
  return {
    print: (item) => {
      printing = printing.then(() => terminal.printItem(item).catch(keep));
      // `ended` throws it.
      printing.catch(() => {});
    },
    ended: async () => {
      await printing;
      return firstError;
    },
  };
}

/** Everything is done, but the user did not get all results. */
export function outputLost(summary: string, { code, message }: NubesError): NubesError {
  return new NubesError(code, `${summary}, but not all results were printed. ${message}`, {
    hint: 'nubes-nb ls -o ndjson lists the notebooks; free some disk space or redirect the output',
  });
}

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
    ...scoreOf(failed),
    ...(skipped.length === 0 ? [] : [`not begun: ${namesOf(skipped)}`]),
  ].join('; ');
  if (interrupted.aborted) {
    return interruption(interrupted, `Interrupted, with ${score}.`, rerunHint);
  }
  const missing = failed.length > 0 ? failed : skipped;
  const errors = missing.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  const haveOneExit = first !== undefined && errors.every(({ exit }) => exit === first.exit);
  if (done > 0 || !haveOneExit) {
    const cause = errors.find(({ code }) => code === 'BUG');
    const hint = (haveOneExit ? lastingHint(missing) : undefined) ?? rerunHint;
    return new NubesError('PARTLY_DONE', `${capital(score)}.`, { hint, cause });
  }
  const { code, message, hint, requestId } = first;
  const text = items.length === 1 ? message : `0 of ${items.length} done: ${afterColon(message)}`;
  return new NubesError(code, text, { hint, requestId, cause: first });
}

/** Of what the same command would do again as well. */
const lasting: readonly number[] = [
  exitCodes.USAGE,
  exitCodes.NOT_ALLOWED,
  exitCodes.QUOTA_EXCEEDED,
];

const maxRemedies = 3;

/** What helps instead of a rerun; undefined if a rerun may help. Of more remedies than a reader compares, the first. */
function lastingHint(items: readonly BatchResult[]): string | undefined {
  const errors = items.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (first === undefined) return undefined;
  if (errors.every((error) => error instanceof NoSuchNotebook)) {
    return errors.length === 1 ? first.hint : 'nubes-nb ls shows the ones you have';
  }
  if (!lasting.includes(first.exit)) return undefined;
  if (new Set(errors.map(({ hint }) => hint)).size > maxRemedies) return first.hint;
  return hintForAll(items.map(({ name, error }) => ({ where: name, hint: error?.hint })));
}

/** `failed: a, b`, `timed out: c` */
function scoreOf(items: readonly BatchResult[]): string[] {
  const outcomes = new Set(items.map(({ error }) => outcomeOf(error)));
  return [...outcomes].map((outcome) => {
    const some = items.filter(({ error }) => outcomeOf(error) === outcome);
    return `${outcome}: ${namesOf(some)}`;
  });
}

const maxNames = 12;

function namesOf(items: readonly BatchResult[]): string {
  return shortList(
    items.map(({ name }) => name),
    maxNames,
  );
}
