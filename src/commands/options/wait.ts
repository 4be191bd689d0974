import { type Command, Option } from 'commander';
import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { WaitOptions } from '../../notebooks/waiting.ts';
import { parseDuration } from '../../settings/duration.ts';

/** `--wait`, `--no-wait` and `--timeout`. */
export interface WaitFlags {
  /** False with `--no-wait`. */
  readonly wait?: 'ready' | 'running' | false;
  readonly timeout?: string;
}

/** Flags of a command that can wait until Jupyter is ready. */
export function declareWaitForReady(command: Command): void {
  command
    .optionsGroup('Waiting:')
    .addOption(
      new Option('--wait <state>', 'state to wait for (default: ready)').choices([
        'ready',
        'running',
      ]),
    )
    .option('--no-wait', 'return as soon as Nova accepts the request')
    .option('--timeout <time>', 'maximum wait per notebook, e.g. 90s or 6m');
}

/** Flags of a command that waits for Nova only. */
export function declareWait(command: Command): void {
  command
    .optionsGroup('Waiting:')
    .option('--no-wait', 'return as soon as Nova accepts the request')
    .option('--timeout <time>', 'maximum wait per notebook, e.g. 90s or 6m');
}

/** The same as `waitFrom`; the whole command ends then, from its first request. */
export function limitFrom(
  { time }: Pick<App, 'time'>,
  flags: WaitFlags,
  defaultMs: number,
): WaitOptions {
  const wait = waitFrom(flags, defaultMs);
  time.limit(wait.timeoutMs);
  return wait;
}

/** `defaultMs` comes from the settings. Throws USAGE unless the time-out is a duration. */
export function waitFrom({ wait, timeout }: WaitFlags, defaultMs: number): WaitOptions {
  const until = wait === false ? 'accepted' : typeof wait === 'string' ? wait : 'ready';
  if (timeout === undefined) return { until, timeoutMs: defaultMs, isDefault: true };
  const given = parseDuration(timeout);
  if (given === undefined || given <= 0) {
    throw new NubesError('USAGE', `'${timeout}' is not a duration.`, {
      hint: '--timeout takes seconds, or a number with s, m, h or d: 90, 90s, 6m',
    });
  }
  return { until, timeoutMs: given };
}
