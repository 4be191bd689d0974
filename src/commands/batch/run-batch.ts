import type { App } from '../../app.ts';
import { afterColon, type NubesError } from '../../errors.ts';
import { applicableHint } from '../../hints.ts';
import { type Change, planWords } from '../../notebooks/actions.ts';
import { plan as planBatch } from '../../notebooks/batch/plan.ts';
import type { BatchRequest } from '../../notebooks/batch/request.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';
import { runPlan } from '../../notebooks/batch/run.ts';
import type { Step } from '../../notebooks/batch/step.ts';
import { isUnderWay } from '../../notebooks/status.ts';
import { formatDuration } from '../../terminal/age.ts';
import { clean } from '../../terminal/clean.ts';
import { outcomeOf } from '../../terminal/outcome.ts';
import { type ErrorData, errorData } from '../../terminal/print-error.ts';
import type { Display, ItemReport, Line, Report } from '../../terminal/report.ts';
import type { BatchFlags } from '../options/batch.ts';
import { batchError, openItemWriter, outputLost } from '../output/batch-result.ts';

/** What a batch prints for people. */
export interface BatchMessages {
  /** Over the progress: `Creating`. */
  readonly doing: string;
  /** For a notebook that succeeded, after its name. */
  readonly sentence: (item: BatchResult) => string;
  /** Instead of the sentence and the summary, for actions that only read. */
  readonly text?: (item: BatchResult, display: Display) => string | readonly Line[];
  /** The hint of a batch that is not complete. */
  readonly rerunHint?: string;
  /** Nova has accepted the requests, which were not waited for. */
  readonly isAccepted?: boolean;
  readonly ifEmpty?: string;
  /** The whole plan, printed before anything is done. */
  readonly planText?: (steps: readonly Step[]) => readonly Line[];
  /** Asks before anything is changed. Throws if the answer is no. */
  readonly confirm?: (steps: readonly Step[]) => Promise<void>;
  /** Prints what to do next, if all is done. */
  readonly next?: (results: readonly BatchResult[]) => void;
}

/** Plans a request, confirms it and runs it. Each result is printed when it is known. */
export async function executeBatch(
  app: App,
  request: BatchRequest,
  options: Omit<BatchFlags, 'from'>,
  messages: BatchMessages,
): Promise<Report> {
  const { terminal, world } = app;
  const { limits } = await app.settings();
  const plan = await planBatch(await app.deps(), request);
  // Each notebook has a time limit of its own.
  app.time.limit(undefined);
  for (const warning of plan.warnings) terminal.warn(warning);
  const planned = [...plan.steps, ...plan.thenDelete];
  if (options.dryRun === true) return printPlan(app, planned);
  if (messages.planText !== undefined) terminal.info(messages.planText(planned));
  const steps = plan.steps.filter(({ change }) => change !== 'extra');
  const count = steps.length + plan.thenDelete.length;
  if (count === 0) {
    terminal.info(messages.ifEmpty ?? 'There is nothing to do.');
    return printed;
  }
  await messages.confirm?.(planned);
  const began = world.now();
  const writer = openItemWriter(terminal);
  const batchOptions = {
    concurrency: options.concurrency ?? limits.concurrency,
    maxFailures: options.maxFailures,
  };
  const results = await terminal.duringMany(messages.doing, count, (progress) =>
    runPlan(world, { ...plan, steps }, batchOptions, {
      onProgress: progress.update,
      onResult: (item) => {
        progress.finish(item.name, isDone(item) ? 'done' : outcomeOf(item.error));
        writer.print(itemReport(item, messages, app));
      },
    }),
  );
  const outputError = await writer.ended();
  await releaseKeyPairs(app, results);
  const error = batchError(results, world.interrupted, messages.rerunHint);
  if (error !== undefined) {
    if (outputError !== undefined) terminal.warn(outputError.message);
    throw error;
  }
  const summary = `${summaryOf(results, messages)} in ${formatDuration(world.now().getTime() - began.getTime())}`;
  if (outputError !== undefined) throw outputLost(summary, outputError);
  if (messages.text === undefined) terminal.info(`${summary}.`);
  messages.next?.(results);
  return printed;
}

/** Once for the batch: each notebook would list the servers again. */
async function releaseKeyPairs(app: App, results: readonly BatchResult[]): Promise<void> {
  const deleted = results.filter(({ result }) => result === 'deleted');
  if (deleted.length === 0 || app.world.interrupted.aborted) return;
  const { removeUnusedKeyPairs } = await import('../../notebooks/lifecycle/unused-key-pairs.ts');
  await removeUnusedKeyPairs(
    await app.deps(),
    deleted.map(({ notebook }) => notebook),
  );
}

/** Each item was printed when it ended. */
const printed: Report = { data: null, names: [], alreadyPrinted: true };

function isDone({ result }: BatchResult): boolean {
  return result !== 'failed' && result !== 'skipped';
}

function itemReport(item: BatchResult, { sentence, text }: BatchMessages, app: App): ItemReport {
  const { name, result, id, notebook, url, durationMs, error } = item;
  return {
    data: {
      ...{ name, result },
      // Nova has accepted it, and no list has shown it yet.
      ...(notebook ?? { id, status: id === null ? null : 'creating' }),
      ...{ name, url },
      seconds: durationMs === null ? null : Math.round(durationMs / 1_000),
      error: error === null ? null : applicableError(error, app),
    },
    name: isDone(item) ? name : undefined,
    text: (terminal) => {
      if (isDone(item) && text !== undefined) return text(item, terminal);
      const { palette } = terminal;
      const time = durationMs === null ? '' : palette.dim(` (${formatDuration(durationMs)})`);
      if (isDone(item)) return `${palette.bold(name)} ${clean(sentence(item))}${time}`;
      const word = result === 'failed' ? outcomeOf(error) : result;
      const mark = word === 'failed' ? palette.red(word) : palette.magenta(word);
      return `${palette.bold(name)} ${mark}: ${clean(afterColon(withoutWord(error?.message ?? '')))}${time}`;
    },
  };
}

function applicableError(error: NubesError, app: App): ErrorData {
  const data = errorData(error);
  return { ...data, hint: data.hint && applicableHint(data.hint, app) };
}

/** Its word stands before the message already. */
function withoutWord(message: string): string {
  return message.replace(/^Timed out: /, '');
}

/** Of a notebook that was made, or found. */
export function sentenceOfCreation({ result, notebook, url, guest }: BatchResult): string {
  const state = notebook?.status ?? 'there';
  const guests = notebook?.guests ?? [];
  if (result === 'created' && guests.length > 0) {
    return `is ${state} and shared with ${guests.join(', ')}; your own URL: ${url}`;
  }
  if (result === 'created') return `is ${state}: ${url}`;
  const shared = guest === undefined ? '' : `, and is shared with ${guest} now`;
  return `exists already and is ${state}${shared}`;
}

/** `28 created, 2 there already`: the most frequent result first. */
function summaryOf(items: readonly BatchResult[], { isAccepted }: BatchMessages): string {
  const counts = new Map<string, number>();
  for (const { result, notebook } of items) {
    const status = isAccepted === true && result !== 'created' ? notebook?.status : undefined;
    const isUnfinished = status !== undefined && isUnderWay(status);
    const word = result === 'exists' ? 'there already' : isUnfinished ? status : result;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}

async function printPlan(app: App, steps: readonly Step[]): Promise<Report> {
  const { terminal } = app;
  for (const step of steps) {
    const { name, change, detail, notebook, error } = step;
    await terminal.printItem({
      name,
      data: {
        ...{ name, change, dryRun: true },
        ...{ id: notebook?.id ?? null, status: notebook?.status ?? null, detail },
        error: error === undefined ? null : applicableError(error, app),
      },
      text: () => [planLine(step)],
    });
  }
  terminal.info(`${planSummary(steps)}. Nothing was done (--dry-run).`);
  return printed;
}

/** `+ create  train-01  l3.nano` */
export function planLine({ name, change, detail }: Step): Line {
  const word = change === 'same' ? '' : change;
  const head = `${planWords[change].sign} ${word.padEnd(7)} ${name.padEnd(24)}`;
  return detail === '' ? head.trimEnd() : { head, text: clean(detail), indent: ' '.repeat(10) };
}

/** `Plan: 2 to create, 1 extra` */
export function planSummary(steps: readonly Step[]): string {
  const counts = new Map<Change, number>();
  for (const { change } of steps) counts.set(change, (counts.get(change) ?? 0) + 1);
  const parts = [...counts].map(([change, count]) => `${count} ${planWords[change].planned}`);
  return `Plan: ${parts.join(', ') || 'nothing to do'}`;
}
