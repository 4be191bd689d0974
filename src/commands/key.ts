import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { KeyChange, LoginKey } from '../notebooks/connect/keys.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, tableOf } from '../terminal/report.ts';

interface RemoveFlags {
  readonly force?: boolean;
}

const notebook = 'name or UUID of a notebook';

export function declare(command: Command, toAction: ToAction): void {
  command.helpCommand(false);
  showsTable(command.command('list'))
    .description('list the public keys that may log in to your account on the VM')
    .argument('<name>', notebook)
    .addHelpText('after', '\nExample:\n  nubes-nb key list lpd-tests')
    .action(toAction(list));
  command
    .command('add')
    .description('let one more public key of yours log in')
    .argument('<name>', notebook)
    .argument('<file>', 'file of one public key, without options')
    .addHelpText('after', '\nExample:\n  nubes-nb key add lpd-tests laptop.pub')
    .action(toAction(add));
  command
    .command('remove')
    .description('remove a public key; other lines stay as they are')
    .argument('<name>', notebook)
    .argument('<key>', 'fingerprint, file or comment of the key')
    .option('--force', 'also if this computer logs in with it')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb key remove lpd-tests old-laptop.pub\n  nubes-nb key remove lpd-tests anna@old-laptop',
    )
    .action(toAction(remove));
}

export async function list(app: App, reference: string): Promise<Report> {
  const { listKeys } = await import('../notebooks/connect/keys.ts');
  const keys = await listKeys(await app.deps(), reference, { asks: app.terminal.mayAsk });
  return {
    data: keys,
    names: keys.map(({ fingerprint }) => fingerprint),
    table: tableOf(keys, columns, 'No key may log in.'),
  };
}

const columns: readonly Column<LoginKey>[] = [
  { name: 'fingerprint', cell: ({ fingerprint }) => fingerprint },
  { name: 'type', cell: ({ type }) => type },
  { name: 'comment', cell: ({ comment }) => comment ?? '-' },
  { name: 'used', cell: ({ used }) => (used === true ? 'by this login' : '-') },
  { name: 'options', cell: ({ options }) => options ?? '-', wide: true },
];

export async function add(app: App, reference: string, file: string): Promise<Report> {
  const { addKey } = await import('../notebooks/connect/keys.ts');
  const changed = await addKey(await app.deps(), reference, file, { asks: app.terminal.mayAsk });
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
  { force = false }: RemoveFlags,
): Promise<Report> {
  const { removeKey } = await import('../notebooks/connect/keys.ts');
  const options = { force, asks: app.terminal.mayAsk };
  const changed = await removeKey(await app.deps(), reference, wanted, options);
  return report(changed, `${changed.fingerprint} can no longer log in to ${changed.notebook}.`);
}

function report(data: KeyChange, text: string): Report {
  return { data, names: [data.fingerprint], text: () => text };
}
