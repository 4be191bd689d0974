import { type Command, Option } from 'commander';
import { NubesError } from '../../errors.ts';
import type { WaitOptions } from '../../notebooks/waiting.ts';
import { parseDuration } from '../../settings/duration.ts';

/** What `--wait`, `--no-wait` and `--timeout` say. */
export interface WaitFlags {
  /** False with `--no-wait`. */
  readonly wait?: 'ready' | 'running' | false;
  readonly timeout?: string;
}

/** The flags of a verb that ends with a notebook one can work in. */
export function declareWaitForReady(command: Command): void {
  command
    .addOption(
      new Option('--wait <state>', 'wait until it is in that state; ready if left out').choices([
        'ready',
        'running',
      ]),
    )
    .option('--no-wait', 'return once Nova has accepted')
    .option('--timeout <time>', 'how long to wait for each notebook, e.g. 90s, 6m');
}

/** The flags of a verb that is over when Nova says so. */
export function declareWait(command: Command): void {
  command
    .option('--no-wait', 'return once Nova has accepted')
    .option('--timeout <time>', 'how long to wait for each notebook, e.g. 90s, 6m');
}

/** `standard` is the settings' time, in ms. Throws USAGE for a time that is none. */
export function waitFrom({ wait, timeout }: WaitFlags, standard: number): WaitOptions {
  const until = wait === false ? 'accepted' : typeof wait === 'string' ? wait : 'ready';
  if (timeout === undefined) return { until, timeoutMs: standard, isDefault: true };
  const given = parseDuration(timeout);
  if (given === undefined || given <= 0) {
    throw new NubesError('USAGE', `'${timeout}' is no length of time.`, {
      hint: '--timeout takes seconds, or a number with s, m, h or d: 90, 90s, 6m.',
    });
  }
  return { until, timeoutMs: given };
}
