import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { WaitState } from '../notebooks/actions.ts';
import { unlessMissing } from '../notebooks/rules.ts';
import type { Settings } from '../settings/settings.ts';
import type { Report } from '../terminal/report.ts';
import {
  type BatchFlags,
  declareBatch,
  declareSelection,
  type SelectionFlags,
  usageOfMany,
} from './options/batch.ts';
import { namesOrPick } from './options/name.ts';
import { onlyName } from './options/selection.ts';
import { limitFrom } from './options/wait.ts';
import {
  accessReport,
  sentenceReport,
  unfinishedReport,
  withProgress,
} from './output/action-result.ts';

interface WaitForOptions extends BatchFlags, SelectionFlags {
  readonly for: WaitState;
  readonly timeout?: string;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage(usageOfMany)
    .argument('[name...]', 'names or UUIDs of notebooks')
    .addOption(
      new Option('--for <state>', 'state to wait for')
        .choices(['ready', 'running', 'stopped', 'deleted'])
        .default('ready'),
    )
    .option('--timeout <time>', 'maximum wait per notebook, e.g. 90s or 6m');
  declareSelection(command, { asks: false });
  declareBatch(command);
  command
    .addHelpText('after', '\nExample:\n  nubes-nb wait lpd-tests --for stopped --timeout 90s')
    .action(toAction(wait));
}

export async function wait(
  app: App,
  given: readonly string[],
  // `create --for` names a list of people; here it is a state.
  { for: state, ...options }: WaitForOptions,
): Promise<Report> {
  const { world, terminal, settings } = app;
  const defaultMs = defaultTimeoutMs((await settings()).timeoutsMs, state);
  const { timeoutMs } = limitFrom(app, { ...options, wait: false }, defaultMs);
  const pick = { action: { verb: 'wait', state }, doing: 'wait for' } as const;
  const references = await namesOrPick(app, given, options, pick);
  const began = world.now();
  const reference = onlyName(app, references, options);
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    return runAction(app, { verb: 'wait', state, timeoutMs }, references, options);
  }
  const { waitFor } = await import('../notebooks/lifecycle/wait.ts');
  const deps = await app.deps();
  const comesUp = state === 'ready' || state === 'running';
  const notebook = await unlessMissing({ verb: 'wait', state }, () =>
    withProgress(
      terminal,
      `Waiting for ${reference}`,
      (onProgress) => waitFor(deps, reference, { state, timeoutMs }, onProgress),
      comesUp ? unfinishedReport(began) : undefined,
    ),
  );
  if (notebook === undefined) {
    return { data: null, names: [], text: () => `${reference} does not exist.` };
  }
  return comesUp
    ? accessReport(notebook, { began })
    : sentenceReport(notebook, `${notebook.name} is ${state}.`);
}

function defaultTimeoutMs(timeoutsMs: Settings['timeoutsMs'], state: WaitState): number {
  if (state === 'stopped') return timeoutsMs.stop;
  return state === 'deleted' ? timeoutsMs.delete : timeoutsMs.start;
}
