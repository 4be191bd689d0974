import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import { createContext, setSetting } from '../settings/change.ts';
import { type ContextSummary, listContexts } from '../settings/contexts.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, sentences, tableOf } from '../terminal/report.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.helpCommand(false);
  showsTable(command.command('list'))
    .description('list the contexts of the settings files')
    .addHelpText('after', '\nExample:\n  nubes-nb context list')
    .action(toAction(list));
  command
    .command('create')
    .description('add a context to your settings file')
    .argument('<name>', 'name of the context')
    .requiredOption(
      '--set <key=value>',
      'a setting of the context (repeatable)',
      (pair: string, before: readonly string[] = []) => [...before, pair],
    )
    .option('--use', 'switch to it')
    .addHelpText(
      'after',
      '\nExample:\n  nubes-nb context create training --set openstack.project=training --use',
    )
    .action(toAction(create));
  command
    .command('use')
    .description('switch to a context; default is the one without a name')
    .argument('<name>', 'name of the context')
    .addHelpText('after', '\nExample:\n  nubes-nb context use training')
    .action(toAction(use));
}

export async function list({
  world,
  flags,
  terminal,
}: Pick<App, 'world' | 'flags' | 'terminal'>): Promise<Report> {
  const { contexts, warnings } = await listContexts(world, flags);
  for (const warning of warnings) terminal.warn(warning);
  return {
    data: contexts,
    names: contexts.map(({ name }) => name),
    table: tableOf(contexts, columns),
  };
}

export async function create(
  app: Pick<App, 'world' | 'flags' | 'terminal'>,
  name: string,
  { set, use: isUsed }: { readonly set: readonly string[]; readonly use?: boolean },
): Promise<Report> {
  const { path } = await createContext(app.world, app.flags, name, set.map(pairOf));
  if (isUsed === true) await use(app, name);
  return {
    data: { context: name, path, used: isUsed === true },
    names: [name],
    text: () =>
      sentences(
        `Created the context ${name} in ${path}.`,
        isUsed === true
          ? 'It is used from now on.'
          : `nubes-nb context use ${name} switches to it.`,
        `Each context has a login of its own: nubes-nb login${isUsed === true ? '' : ` --context ${name}`}`,
      ),
  };
}

function pairOf(text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1)];
  throw new NubesError('USAGE', `--set takes KEY=VALUE, not '${text}'.`, {
    hint: 'nubes-nb config list shows the keys',
  });
}

export async function use(
  { world, flags, terminal }: Pick<App, 'world' | 'flags' | 'terminal'>,
  name: string,
): Promise<Report> {
  const { path } = await setSetting(world, flags, 'context', name);
  if (world.environment['NUBES_NB_CONTEXT']) {
    terminal.warn('NUBES_NB_CONTEXT is set, and it counts more than the settings file.');
  }
  return {
    data: { context: name, path },
    names: [name],
    text: () => `Switched to context ${name}.`,
  };
}

const columns: readonly Column<ContextSummary>[] = [
  { name: 'name', cell: ({ name }) => name },
  { name: 'current', cell: ({ current }) => (current ? '*' : '') },
  { name: 'auth url', cell: ({ authUrl }) => authUrl ?? '-' },
  { name: 'project', cell: ({ project }) => project ?? '-' },
];
