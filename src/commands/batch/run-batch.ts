import type { App } from '../../app.ts';
import type { Change } from '../../notebooks/actions.ts';
import type { BatchRequest, Plan, Step } from '../../notebooks/batch/plan.ts';
import { plan as planBatch } from '../../notebooks/batch/planning.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';
import { runBatch } from '../../notebooks/batch/run.ts';
import { formatDuration } from '../../terminal/age.ts';
import { errorData } from '../../terminal/print-error.ts';
import type { ItemReport, Report } from '../../terminal/report.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { BatchFlags } from '../options/batch.ts';
import { batchReport } from '../output/batch-result.ts';
import { openItemWriter, unheard } from '../output/item-writer.ts';

/** How a batch is told. */
export interface BatchWords {
  /** `Creating` */
  readonly doing: string;
  /** What one ended item says for people, after its name. */
  readonly sentence: (item: BatchResult) => string;
  /** All that is said of one that is done, for verbs that only look; then nothing is summed up. */
  readonly text?: (item: BatchResult, terminal: Terminal) => string;
  /** How to do what is left. */
  readonly again?: string;
  /** Said when there is nothing to do. */
  readonly nothing?: string;
  /** The whole plan for people, said before anything is done. */
  readonly planText?: (steps: readonly Step[]) => string;
  /** Asks before anything is changed; throws when the answer is no. */
  readonly confirm?: (steps: readonly Step[]) => Promise<void>;
}

/** Plans an order, asks where that is due, and carries it out; each item is printed as it ends. */
export async function executeBatch(
  app: App,
  order: BatchRequest,
  options: Omit<BatchFlags, 'from'>,
  words: BatchWords,
): Promise<Report> {
  const { terminal, world } = app;
  const { limits } = await app.settings();
  const plan = await planBatch(await app.deps(), order);
  for (const remark of plan.remarks) terminal.warn(remark);
  if (options.dryRun === true) return printPlan(app, plan);
  if (words.planText !== undefined) terminal.info(words.planText(plan.steps));
  const steps = plan.steps.filter(({ change }) => change !== 'extra');
  if (steps.length === 0) {
    terminal.info(words.nothing ?? 'There is nothing to do.');
    return printed;
  }
  await words.confirm?.(steps);
  const began = world.now();
  const terms = {
    concurrency: options.concurrency ?? limits.concurrency,
    maxFailures: options.maxFailures,
  };
  const outlet = openItemWriter(terminal);
  const items = await terminal.duringMany(words.doing, steps.length, (progress) =>
    runBatch(world, steps, terms, {
      entered: progress.update,
      ended: (item) => {
        progress.finish(item.name, item.result !== 'failed' && item.result !== 'skipped');
        outlet.print(itemReport(item, words));
      },
    }),
  );
  const unwritten = await outlet.ended();
  const failure = batchReport(items, world.interrupted, words.again);
  if (failure !== undefined) {
    if (unwritten !== undefined) terminal.warn(unwritten.message);
    throw failure;
  }
  const summary = `${summaryOf(items)} in ${formatDuration(world.now().getTime() - began.getTime())}`;
  if (unwritten !== undefined) throw unheard(summary, unwritten);
  if (words.text === undefined) terminal.info(`${summary}.`);
  return printed;
}

/** Each item was printed as it ended. */
const printed: Report = { data: null, names: [], alreadyPrinted: true };

function itemReport(item: BatchResult, { sentence, text }: BatchWords): ItemReport {
  const { name, result, id, notebook, url, milliseconds, failure } = item;
  const isDone = result !== 'failed' && result !== 'skipped';
  return {
    data: {
      ...{ name, result },
      // Of one that Nova has accepted and nobody has seen yet, this is what is known.
      ...(notebook ?? { id, status: id === null ? null : 'creating' }),
      ...{ name, url },
      seconds: milliseconds === null ? null : Math.round(milliseconds / 1_000),
      error: failure === null ? null : errorData(failure),
    },
    name: isDone ? name : undefined,
    text: (terminal) => {
      if (isDone && text !== undefined) return text(item, terminal);
      const { palette } = terminal;
      const time = milliseconds === null ? '' : palette.dim(` (${formatDuration(milliseconds)})`);
      if (isDone) return `${palette.bold(name)} ${sentence(item)}${time}`;
      const mark = result === 'failed' ? palette.red(result) : palette.yellow(result);
      return `${palette.bold(name)} ${mark}: ${failure?.message ?? ''}${time}`;
    },
  };
}

/** `28 created, 2 exists` in words: what is done, most of all first. */
function summaryOf(items: readonly BatchResult[]): string {
  const counts = new Map<string, number>();
  for (const { result } of items) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([result, count]) => `${count} ${result === 'exists' ? 'there already' : result}`)
    .join(', ');
}

/** A change, or none because it would not fit. */
type Fate = Change | 'skip';

function fateOf({ change, skip }: Step): Fate {
  return skip === undefined ? change : 'skip';
}

const signs: Readonly<Record<Fate, string>> = {
  create: '+',
  start: '~',
  stop: '~',
  restart: '~',
  update: '~',
  certify: '~',
  wait: '=',
  same: '=',
  delete: '-',
  extra: '-',
  refused: '!',
  skip: '!',
};

async function printPlan({ terminal }: App, { steps }: Plan): Promise<Report> {
  for (const step of steps) {
    const { name, detail, notebook, skip, refusal } = step;
    const why = skip ?? refusal;
    await terminal.printItem({
      name,
      data: {
        ...{ name, change: fateOf(step), dryRun: true },
        ...{ id: notebook?.id ?? null, status: notebook?.status ?? null, detail },
        error: why === undefined ? null : errorData(why),
      },
      text: () => planLine(step),
    });
  }
  terminal.info(`${planSummary(steps)}. Nothing was done (--dry-run).`);
  return printed;
}

export function planLine(step: Step): string {
  const { name, detail } = step;
  const fate = fateOf(step);
  const word = fate === 'same' ? '' : fate;
  return `${signs[fate]} ${word.padEnd(7)} ${name.padEnd(24)} ${detail}`.trimEnd();
}

export function planSummary(steps: readonly Step[]): string {
  const counts = new Map<Fate, number>();
  for (const fate of steps.map(fateOf)) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  const parts = [...counts].map(([fate, count]) => `${count} ${planWords[fate]}`);
  return `Plan: ${parts.join(', ') || 'nothing to do'}`;
}

const planWords: Readonly<Record<Fate, string>> = {
  create: 'to create',
  start: 'to start',
  stop: 'to stop',
  restart: 'to restart',
  update: 'to update',
  certify: 'to certify',
  wait: 'to wait for',
  same: 'as they are',
  delete: 'to delete',
  extra: 'extra',
  refused: 'to be refused',
  skip: 'to be skipped',
};
