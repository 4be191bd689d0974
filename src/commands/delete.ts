import { type Command, Option } from 'commander';
import type { App } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Patience } from '../notebooks/patience.ts';
import { unlessMissing } from '../notebooks/rules.ts';
import { age } from '../terminal/age.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Act } from './options/action.ts';
import {
  type BatchFlags,
  declareBatch,
  declareSelection,
  type SelectionFlags,
} from './options/batch.ts';
import { onlyName } from './options/selection.ts';
import { declareWait, patienceFrom, type WaitFlags } from './options/wait.ts';
import { followed, sentenceReport } from './output/notebook.ts';

interface DeleteOptions extends WaitFlags, BatchFlags, SelectionFlags {
  readonly ifMissing: 'fail' | 'ok';
}

export function declare(command: Command, act: Act): void {
  command
    .argument('[name...]', 'the notebooks, by name or UUID')
    .option('-y, --yes', 'do not ask for the name, or whether, again')
    .addOption(
      new Option('--if-missing <then>', 'what to do when there is none')
        .choices(['fail', 'ok'])
        .default('fail'),
    );
  declareSelection(command);
  declareBatch(command);
  declareWait(command);
  command.addHelpText('after', examples).action(act(remove));
}

const examples = `
Examples:
  nubes-nb delete old-run --yes
  nubes-nb delete --older-than 30d --label course=2025`;

export async function remove(
  app: App,
  references: readonly string[],
  options: DeleteOptions,
): Promise<Report> {
  const reference = onlyName(app, references, options);
  const patience = patienceFrom(options, (await app.settings()).timeouts.delete);
  if (reference !== undefined) return removeOne(app, reference, options, patience);
  const { runAction } = await import('./batch/run-action.ts');
  const { ifMissing } = options;
  return runAction(app, { verb: 'delete', patience, ifMissing }, references, options);
}

async function removeOne(
  { terminal, notebooks }: App,
  reference: string,
  options: DeleteOptions,
  patience: Patience,
): Promise<Report> {
  const mine = await notebooks();
  const intent = { verb: 'delete', ifMissing: options.ifMissing } as const;
  const notebook = await unlessMissing(intent, () => mine.show(reference));
  if (notebook === undefined) {
    return { data: null, names: [], text: () => `There is no ${reference}; nothing to delete.` };
  }
  if (options.yes !== true) await confirm(terminal, notebook);
  const outcome = await followed(terminal, `Deleting ${notebook.name}`, (onProgress) =>
    mine.remove(notebook.id, patience, onProgress),
  );
  const done = patience.goal === 'accepted' ? 'is being deleted' : 'is deleted';
  return sentenceReport(outcome, `${notebook.name} ${done}.`);
}

async function confirm(terminal: Terminal, notebook: Notebook): Promise<void> {
  const { key, id, name, status, createdAt } = notebook;
  if (!terminal.interactive) {
    throw new NubesError(
      'USAGE',
      `Deleting ${name} wants its name typed, and nobody is there to.`,
      {
        hint: `nubes-nb delete ${name} --yes`,
      },
    );
  }
  const old = age(new Date(createdAt), terminal.now());
  // Also with -q: nobody should agree to what was not said.
  await terminal.complain(
    `This destroys ${key} and its disk (VM ${id}, ${old} old, ${status}). There is no undo.`,
  );
  const typed = await terminal.ask.text({ message: 'Type the name to confirm:', flag: '--yes' });
  if (typed.trim() === name) return;
  throw new NubesError('USAGE', `That is not the name; ${name} is left as it is.`);
}
