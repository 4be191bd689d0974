import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import { unlessMissing } from '../notebooks/rules.ts';
import type { WaitOptions } from '../notebooks/waiting.ts';
import { formatAge } from '../terminal/age.ts';
import { clean } from '../terminal/clean.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import {
  type BatchFlags,
  declareBatch,
  declareSelection,
  type SelectionFlags,
  usageOfMany,
} from './options/batch.ts';
import { namesOrPick } from './options/name.ts';
import { onlyName } from './options/selection.ts';
import { confirmByTyping } from './options/typed-name.ts';
import { declareWait, limitFrom, type WaitFlags } from './options/wait.ts';
import { sentenceReport, withProgress } from './output/action-result.ts';

interface DeleteOptions extends WaitFlags, BatchFlags, SelectionFlags {
  readonly ifMissing: 'fail' | 'ok';
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage(usageOfMany)
    .argument('[name...]', 'names or UUIDs of notebooks')
    .option('-y, --yes', 'skip the confirmation prompt')
    .addOption(
      new Option('--if-missing <then>', 'what to do if the notebook does not exist')
        .choices(['fail', 'ok'])
        .default('fail'),
    );
  declareSelection(command);
  declareBatch(command);
  declareWait(command);
  command.addHelpText('after', examples).action(toAction(remove));
}

const examples = `
Examples:
  nubes-nb delete old-run --yes
  nubes-nb delete --older-than 30d --label course=2025`;

export async function remove(
  app: App,
  given: readonly string[],
  flags: DeleteOptions,
): Promise<Report> {
  const wait = limitFrom(app, flags, (await app.settings()).timeoutsMs.delete);
  const references = await namesOrPick(app, given, flags, {
    action: { verb: 'delete', ifMissing: 'fail' },
    doing: 'delete',
  });
  // `--yes` is about notebooks that the user has named.
  const options = references === given ? flags : { ...flags, yes: false };
  const reference = onlyName(app, references, options);
  if (reference !== undefined) return removeOne(app, reference, options, wait);
  const { runAction } = await import('./batch/run-action.ts');
  const { ifMissing } = options;
  return runAction(app, { verb: 'delete', wait, ifMissing }, references, options);
}

async function removeOne(
  app: App,
  reference: string,
  options: DeleteOptions,
  wait: WaitOptions,
): Promise<Report> {
  const { terminal } = app;
  const deps = await app.deps();
  const { show } = await import('../notebooks/lifecycle/show.ts');
  const intent = { verb: 'delete', ifMissing: options.ifMissing } as const;
  const notebook = await unlessMissing(intent, () => show(deps, reference));
  if (notebook === undefined) {
    return { data: null, names: [], text: () => `There is no ${reference}; nothing to delete.` };
  }
  if (options.yes !== true) await confirm(terminal, notebook);
  const [{ remove: removeNotebook }, { removeUnusedKeyPairs }] = await Promise.all([
    import('../notebooks/lifecycle/delete.ts'),
    import('../notebooks/lifecycle/unused-key-pairs.ts'),
  ]);
  const deleted = await withProgress(terminal, `Deleting ${notebook.name}`, (onProgress) =>
    // Another command may have deleted it since.
    unlessMissing({ verb: 'delete', ifMissing: 'ok' }, async () => {
      const removed = await removeNotebook(deps, notebook.id, wait, onProgress);
      await removeUnusedKeyPairs(deps, [removed]);
      return removed;
    }).then((found) => found ?? { ...notebook, status: 'deleting' as const }),
  );
  const done = wait.until === 'accepted' ? 'is being deleted' : 'is deleted';
  return sentenceReport(deleted, `${notebook.name} ${done}.`);
}

async function confirm(terminal: Terminal, notebook: Notebook): Promise<void> {
  const { key, id, name, status, createdAt } = notebook;
  const old = formatAge(new Date(createdAt), terminal.now());
  await confirmByTyping(terminal, {
    warning: `This destroys ${clean(key)} and its disk (VM ${id}, ${old} old, ${status}). There is no undo.`,
    question: 'Type the name to confirm:',
    name,
    refusal: `That is not the name; ${name} was not deleted.`,
    withYes: `nubes-nb delete ${name} --yes`,
  });
}
