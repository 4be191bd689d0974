import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import {
  type BatchFlags,
  declareChange,
  type SelectionFlags,
  usageOfMany,
} from './options/batch.ts';
import { namesOrPick } from './options/name.ts';
import { onlyName } from './options/selection.ts';
import { declareWait, limitFrom, type WaitFlags } from './options/wait.ts';
import { sentenceReport, withProgress } from './output/action-result.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.usage(usageOfMany).argument('[name...]', 'names or UUIDs of notebooks');
  declareChange(command);
  declareWait(command);
  command
    .addHelpText('after', '\nExamples:\n  nubes-nb stop lpd-tests\n  nubes-nb stop --all --yes')
    .action(toAction(stop));
}

export async function stop(
  app: App,
  given: readonly string[],
  options: WaitFlags & BatchFlags & SelectionFlags,
): Promise<Report> {
  const { terminal, settings } = app;
  const wait = limitFrom(app, options, (await settings()).timeoutsMs.stop);
  const pick = { action: { verb: 'stop' }, doing: 'stop' } as const;
  const references = await namesOrPick(app, given, options, pick);
  const reference = onlyName(app, references, options);
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    return runAction(app, { verb: 'stop', wait }, references, options);
  }
  const { stop: stopNotebook } = await import('../notebooks/lifecycle/stop.ts');
  const deps = await app.deps();
  const notebook = await withProgress(terminal, `Stopping ${reference}`, (onProgress) =>
    stopNotebook(deps, reference, wait, onProgress),
  );
  const { name, status } = notebook;
  const offSentences: Partial<Record<typeof status, string>> = {
    stopped: `${name} is stopped. Its disk is kept, and it still counts towards the quota.`,
    released: `${name} is off already: its VM is shelved, with the disk in the image store.`,
  };
  return sentenceReport(notebook, offSentences[status] ?? `${name} is ${status}.`);
}
