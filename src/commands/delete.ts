import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import { age } from '../terminal/age.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Act } from './act.ts';
import { followed, sentenceReport } from './outcome.ts';
import { declareWait, patienceFrom, type WaitOptions } from './waiting.ts';

interface DeleteOptions extends WaitOptions {
  readonly yes?: boolean;
  readonly ifMissing: 'fail' | 'ok';
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('-y, --yes', 'do not ask for the name again')
    .addOption(
      new Option('--if-missing <then>', 'what to do when there is none')
        .choices(['fail', 'ok'])
        .default('fail'),
    );
  declareWait(command);
  command.addHelpText('after', '\nExample:\n  nubes-nb delete old-run --yes').action(act(remove));
}

export async function remove(
  { terminal, settings, notebooks }: Context,
  reference: string,
  options: DeleteOptions,
): Promise<Report> {
  const patience = patienceFrom(options, (await settings()).timeouts.delete);
  const mine = await notebooks();
  const notebook = await mine.show(reference).catch((error: unknown) => {
    const missing = error instanceof NubesError && error.code === 'NOT_FOUND';
    if (missing && options.ifMissing === 'ok') return undefined;
    throw error;
  });
  if (notebook === undefined) {
    return { data: null, names: [], text: () => `There is no ${reference}; nothing to delete.` };
  }
  if (options.yes !== true) await confirm(terminal, notebook);
  const outcome = await followed(terminal, `Deleting ${notebook.name}`, (enter) =>
    mine.remove(notebook.id, patience, enter),
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
