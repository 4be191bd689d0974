import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { setSetting } from '../settings/change.ts';
import { type ContextSummary, listContexts } from '../settings/contexts.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, tableOf } from '../terminal/report.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.helpCommand(false);
  showsTable(command.command('list'))
    .description('list the contexts of the settings files')
    .addHelpText('after', '\nExample:\n  nubes-nb context list')
    .action(toAction(list));
  command
    .command('use')
    .description('switch to a context')
    .argument('<name>', 'name of the context')
    .addHelpText('after', '\nExample:\n  nubes-nb context use training')
    .action(toAction(use));
}

export async function list({
  world,
  flags,
  terminal,
  places,
}: Pick<App, 'world' | 'flags' | 'terminal' | 'places'>): Promise<Report> {
  const { contexts, warnings } = await listContexts(world, flags);
  for (const warning of warnings) terminal.warn(warning);
  return {
    data: contexts,
    names: contexts.map(({ name }) => name),
    table: tableOf(contexts, columns, `There are no [contexts.NAME] in ${places.config}.`),
  };
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
