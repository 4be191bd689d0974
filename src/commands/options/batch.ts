import { type Command, InvalidArgumentError, Option } from 'commander';

/** Flags of commands that take several names. */
export interface BatchFlags {
  readonly from?: string;
  readonly concurrency?: number;
  readonly maxFailures: number;
  readonly dryRun?: boolean;
}

/** Flags that select notebooks by their properties. */
export interface SelectionFlags {
  readonly all?: boolean;
  readonly olderThan?: string;
  readonly label?: readonly string[];
  readonly yes?: boolean;
}

const maxConcurrency = 25;

/** On a terminal the name may be picked; elsewhere only `--from` and a selection replace it. */
export const usageOfMany = '[options] [name...]';
export const usageOfCreate = `${usageOfMany}\n       nubes-nb create [options] --from <file>\n       nubes-nb create [options] [pattern] --for <file>`;

export function declareBatch(command: Command): void {
  command
    .optionsGroup('Several notebooks:')
    .option('--from <file>', 'read names (one per line) or NDJSON from a file; - for stdin');
  declareBatchOptions(command);
}

/** Flags of commands that change existing notebooks. */
export function declareChange(command: Command): void {
  declareSelection(command);
  declareYes(command);
  declareBatch(command);
}

export function declareBatchOptions(command: Command): void {
  command
    .optionsGroup('Several notebooks:')
    .addOption(
      new Option(
        '--concurrency <count>',
        'notebooks to work on at a time (default: limits.concurrency)',
      ).argParser((text) => whole(text, maxConcurrency)),
    )
    .addOption(
      new Option(
        '--max-failures <count>',
        'stop after this many consecutive failures with the same error',
      )
        .argParser((text) => whole(text, 1_000))
        .default(5),
    )
    .option('--dry-run', 'show the plan and exit');
}

export function declareSelection(command: Command, { asks = true } = {}): void {
  const after = asks ? ' (asks once)' : '';
  command
    .optionsGroup('Selection:')
    .option('--all', `all your notebooks${after}`)
    .option('--older-than <age>', `notebooks older than e.g. 30d${after}`);
  declareLabel(command, 'notebooks with this label (repeatable)');
}

export function declareLabel(command: Command, about: string): void {
  command.option('--label <key=value>', about, (text: string, before?: readonly string[]) => [
    ...(before ?? []),
    text,
  ]);
}

/** `--yes` of commands that ask only about a selection. */
export function declareYes(command: Command): void {
  command.option('-y, --yes', 'skip the confirmation prompt');
}

/** A file names the notebooks, or the people who get one. */
export function isListed({
  from,
  for: people,
}: {
  readonly from?: string;
  readonly for?: string;
}): boolean {
  return from !== undefined || people !== undefined;
}

/** These flags once more, for a command to paste. stdin is used up, so FILE stands for a list that it had. */
export function handoutWords({
  label = [],
  for: list,
  all,
}: Pick<SelectionFlags, 'label' | 'all'> & { readonly for?: string }): readonly string[] {
  return [
    ...['nubes-nb', 'handout'],
    ...label.flatMap((each) => ['--label', each]),
    ...(list === undefined ? [] : ['--for', list === '-' ? 'FILE' : list]),
    ...(all === true ? ['--all'] : []),
  ];
}

export function isSelecting({ all, olderThan, label }: SelectionFlags): boolean {
  return all === true || olderThan !== undefined || label !== undefined;
}

function whole(text: string, max: number): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${max}.`);
}
