import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { inGibibytes } from '../gibibytes.ts';
import type { Quota, QuotaSummary } from '../notebooks/create/quota-summary.ts';
import { clean } from '../terminal/clean.ts';
import type { Display, Line, Report } from '../terminal/report.ts';
import { sumOf } from './output/amount.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.addHelpText('after', '\nExample:\n  nubes-nb quota').action(toAction(quota));
}

export async function quota(app: App): Promise<Report> {
  const { summarizeQuota } = await import('../notebooks/create/quota-summary.ts');
  const summary = await summarizeQuota(await app.deps());
  return {
    data: summary,
    text: (display) => [
      `Project ${display.palette.bold(clean(summary.project.name))}`,
      ...lines(summary, display).map(wrapped),
    ],
  };
}

const indent = ' '.repeat(11);

/** Only large numbers and long names are longer than a line. */
function wrapped(line: string): Line {
  return { head: line.slice(0, indent.length - 1), text: line.slice(indent.length), indent };
}

function lines(summary: QuotaSummary, display: Display): readonly string[] {
  const { instances, cores, ramMiB, notebooks, fits, stopped } = summary;
  return [
    row('Instances', instances, display),
    row('Cores', cores, display),
    row('Memory', ramMiB, display, { name: ' GiB', of: inGibibytes }),
    `Notebooks  ${notebooks.used} of your ${notebooks.max} (${limitName(notebooks)}; stopped ones count)`,
    fits === null
      ? 'Fits       nubes-nb sizes shows how many of each size'
      : `Fits       ${fitting(fits)}; nubes-nb sizes shows the others`,
    ...(stopped.length === 0 ? [] : [`Stopped    ${held(stopped)}`]),
  ];
}

function limitName({ group }: QuotaSummary['notebooks']): string {
  return group === null ? 'limits.per_user' : `limits.by_group for ${clean(group)}`;
}

const barWidth = 10;

/** At most 80 columns, with numbers of three digits. */
function row(
  label: string,
  { max, used, free, yours, yoursStopped }: Quota,
  { isTty }: Display,
  unit = { name: '', of: (amount: number) => amount },
): string {
  const rest =
    max === null || free === null
      ? `${unit.of(used)}${unit.name} used, no limit`
      : `${unit.of(used)} of ${unit.of(max)}${unit.name} used, ${unit.of(free)} free`;
  const stopped = yoursStopped > 0 ? ` (${unit.of(yoursStopped)} stopped)` : '';
  const bar = isTty && max !== null ? `${barOf(used, max)} ` : '';
  return `${label.padEnd(9)}  ${bar}${rest}; yours ${unit.of(yours)}${stopped}`;
}

function barOf(used: number, max: number): string {
  const share = max === 0 ? 1 : Math.min(1, used / max);
  const full = Math.round(share * barWidth);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
}

function fitting({ size, count }: NonNullable<QuotaSummary['fits']>): string {
  if (count === null) return `any number of ${clean(size)}`;
  return count === 0 ? `no more ${clean(size)}` : `${count} more ${clean(size)}`;
}

const maxNamesShown = 3;

/** Users often do not expect that stopped VMs count towards the quota. */
function held(stopped: QuotaSummary['stopped']): string {
  const names = stopped.slice(0, maxNamesShown).map(({ name }) => clean(name));
  const more = stopped.length > maxNamesShown ? ', …' : '';
  const verb = stopped.length === 1 ? 'holds' : 'hold';
  return `${names.join(', ')}${more} ${verb} ${sumOf(stopped.map(({ size }) => size))}; only delete frees them`;
}
