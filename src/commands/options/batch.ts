import { type Command, InvalidArgumentError, Option } from 'commander';

/** Flags of verbs that take many names. */
export interface BatchFlags {
  readonly from?: string;
  readonly concurrency?: number;
  readonly maxFailures: number;
  readonly dryRun?: boolean;
}

/** Flags of verbs that can pick notebooks by what they are. */
export interface SelectionFlags {
  readonly all?: boolean;
  readonly olderThan?: string;
  readonly label?: readonly string[];
  readonly yes?: boolean;
}

const mostAtOnce = 25;

export function declareBatch(command: Command): void {
  command.option('--from <file>', 'names from a file, or - for stdin: one a line, or NDJSON');
  declareTerms(command);
}

/** Flags of verbs that change what is there: which, whether to ask about a selection, and how a batch goes. */
export function declareChange(command: Command): void {
  declareSelection(command);
  declareYes(command);
  declareBatch(command);
}

/** How a batch goes. */
export function declareTerms(command: Command): void {
  command
    .addOption(
      new Option(
        '--concurrency <count>',
        'how many at a time (default: limits.concurrency)',
      ).argParser((text) => whole(text, mostAtOnce)),
    )
    .addOption(
      new Option('--max-failures <count>', 'skip the rest after so many alike in a row')
        .argParser((text) => whole(text, 1_000))
        .default(5),
    )
    .option('--dry-run', 'say what would be done, and do nothing');
}

export function declareSelection(command: Command, { asks = true } = {}): void {
  const after = asks ? ', after asking once' : '';
  command
    .option('--all', `all of yours${after}`)
    .option('--older-than <age>', `those older than e.g. 30d${after}`);
  declareLabel(command, 'those with this label; may be repeated');
}

export function declareLabel(command: Command, about: string): void {
  command.option('--label <key=value>', about, (text: string, before?: readonly string[]) => [
    ...(before ?? []),
    text,
  ]);
}

/** `--yes` of verbs that ask only about a selection. */
export function declareYes(command: Command): void {
  command.option('-y, --yes', 'do not ask');
}

export function isSelecting({ all, olderThan, label }: SelectionFlags): boolean {
  return all === true || olderThan !== undefined || label !== undefined;
}

function whole(text: string, most: number): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${most}.`);
}
