import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { KeyChange, LoginKey } from '../notebooks/connect/keys.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, sentences, tableOf } from '../terminal/report.ts';
import { anyNotebook, nameOrPick } from './options/name.ts';
import { limitFrom } from './options/wait.ts';

interface TimeFlags {
  readonly timeout?: string;
}

interface RemoveFlags extends TimeFlags {
  readonly force?: boolean;
}

const notebook = 'name or UUID of a notebook';
const timeoutFlag = ['--timeout <time>', 'maximum time, e.g. 90s (default: 60s)'] as const;
/** ssh's login, the VM's lock and the script. */
const defaultTimeoutMs = 60_000;

export function declare(command: Command, toAction: ToAction): void {
  command.helpCommand(false);
  showsTable(command.command('list'))
    .description('list the public keys that may log in to your account on the VM')
    .argument('[name]', notebook)
    .option(...timeoutFlag)
    .addHelpText('after', '\nExample:\n  nubes-nb key list lpd-tests')
    .action(toAction(list));
  command
    .command('add')
    .description('let one more public key of yours log in')
    .argument('<name>', notebook)
    .argument('<file>', 'file of one public key, without options')
    .option(...timeoutFlag)
    .addHelpText('after', '\nExample:\n  nubes-nb key add lpd-tests laptop.pub')
    .action(toAction(add));
  command
    .command('remove')
    .description('remove a public key; other lines stay as they are')
    .argument('<name>', notebook)
    .argument('<key>', 'fingerprint, file or comment of the key')
    .option('--force', 'also if this computer logs in with it')
    .option(...timeoutFlag)
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb key remove lpd-tests old-laptop.pub\n  nubes-nb key remove lpd-tests anna@old-laptop',
    )
    .action(toAction(remove));
}

export async function list(app: App, given: string | undefined, flags: TimeFlags): Promise<Report> {
  const limits = limitsFrom(app, flags);
  const pick = { action: anyNotebook, doing: 'list the keys of' } as const;
  const reference = await nameOrPick(app, given, pick);
  const { listKeys } = await import('../notebooks/connect/keys.ts');
  const keys = await listKeys(await app.deps(), reference, limits);
  return {
    data: keys,
    names: keys.map(({ fingerprint }) => fingerprint),
    table: tableOf(keys, columns, 'No key may log in.'),
  };
}

const columns: readonly Column<LoginKey>[] = [
  { name: 'fingerprint', typed: true, cell: ({ fingerprint }) => fingerprint },
  { name: 'type', cell: ({ type }) => type },
  { name: 'comment', cell: ({ comment }) => comment ?? '-' },
  { name: 'used', cell: ({ used }) => (used === true ? 'by this login' : '-') },
  { name: 'options', cell: ({ options }) => options ?? '-', wide: true },
];

export async function add(
  app: App,
  reference: string,
  file: string,
  flags: TimeFlags,
): Promise<Report> {
  const limits = limitsFrom(app, flags);
  const { addKey } = await import('../notebooks/connect/keys.ts');
  const changed = await addKey(await app.deps(), reference, file, limits);
  const { notebook: name, fingerprint } = changed;
  return report(
    changed,
    changed.changed
      ? `${fingerprint} may log in to ${name}.`
      : `${fingerprint} could log in to ${name} already.`,
  );
}

export async function remove(
  app: App,
  reference: string,
  wanted: string,
  { force = false, ...flags }: RemoveFlags,
): Promise<Report> {
  const options = { force, ...limitsFrom(app, flags) };
  const { removeKey } = await import('../notebooks/connect/keys.ts');
  const changed = await removeKey(await app.deps(), reference, wanted, options);
  return report(changed, `${changed.fingerprint} can no longer log in to ${changed.notebook}.`);
}

function limitsFrom(app: App, flags: TimeFlags) {
  const { timeoutMs } = limitFrom(app, flags, defaultTimeoutMs);
  return { timeoutMs, asks: app.terminal.mayAsk };
}

function report(data: KeyChange, text: string): Report {
  return { data, names: [data.fingerprint], text: () => sentences(text) };
}
