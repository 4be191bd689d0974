import { access } from 'node:fs/promises';
import { Argument, type Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { variableOf } from '../setting-variable.ts';
import { type Change, requireKey, setSetting, unsetSetting } from '../settings/change.ts';
import { findKey } from '../settings/key-names.ts';
import { siteConfigFile } from '../settings/places.ts';
import type { SettingEntry } from '../settings/settings.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Report, sentences, tableOf } from '../terminal/report.ts';
import { type FirstFlags, firstFlags } from './options/first-flags.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.helpCommand(false);
  firstFlags(command.command('init'))
    .description('choose cloud, session store and LDAP, and write a settings file')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb config init\n  nubes-nb config init --site stfc --store keychain --no-ldap',
    )
    .action(toAction(init));
  command
    .command('import')
    .description('make settings of the configuration file of JupyterHub')
    .addArgument(new Argument('<program>', 'program of the file').choices(['jupyterhub']))
    .argument('<file>', 'file in Python, which is read and not run')
    .option('--write', 'write the settings into your settings file as well')
    .addHelpText(
      'after',
      '\nExample:\n  nubes-nb config import jupyterhub jupyterhub_config.py --write',
    )
    .action(toAction(importFrom));
  showsTable(command.command('list'))
    .description('list all settings with value and origin')
    .addHelpText('after', '\nExample:\n  nubes-nb config list -o wide')
    .action(toAction(list));
  command
    .command('get')
    .description('print the value of a setting')
    .argument('<key>', 'setting, e.g. notebook.size')
    .addHelpText('after', '\nExample:\n  nubes-nb config get openstack.auth_url')
    .action(toAction(get));
  command
    .command('set')
    .description('set a value in your settings file; with --context, for that context')
    .argument('<key>', 'setting, e.g. notebook.size')
    .argument('<value>', 'value; lists are comma-separated')
    .addHelpText('after', '\nExample:\n  nubes-nb config set notebook.size l3.nano')
    .action(toAction(set));
  command
    .command('unset')
    .description('remove a setting from your settings file')
    .argument('<key>', 'setting, e.g. notebook.size')
    .addHelpText('after', '\nExample:\n  nubes-nb config unset notebook.size')
    .action(toAction(unset));
  showsTable(command.command('path'))
    .description('print the paths of the settings files')
    .addHelpText('after', '\nExample:\n  nubes-nb config path -q')
    .action(toAction(path));
  command
    .command('validate')
    .description('check the settings and the files that they name (exit 11 if invalid)')
    .addHelpText('after', '\nExample:\n  nubes-nb config validate')
    .action(toAction(validate));
}

/** The questions that `login` asks without settings. */
export async function init(current: App, flags: FirstFlags): Promise<Report> {
  const { openApp } = await import('../app.ts');
  const { askForSettings } = await import('./options/first-settings.ts');
  const app = openApp(current.world, { ...current.flags, makesConfig: true });
  const path = await askForSettings(app, flags);
  return { data: { path }, names: [path], text: () => 'Next: nubes-nb login' };
}

/** Prints the settings, and on stderr what became none. */
export async function importFrom(
  { world, flags, terminal }: Pick<App, 'world' | 'flags' | 'terminal'>,
  _program: string,
  file: string,
  { write = false }: { readonly write?: boolean },
): Promise<Report> {
  const { importJupyterHub, settingsText, writeSettings } = await import(
    '../settings/jupyterhub/import.ts'
  );
  const { settings, notTaken, warnings } = await importJupyterHub(world, file);
  terminal.info([
    ...(notTaken.length > 0 ? ['Not taken:'] : []),
    ...notTaken.map(({ line, option, reason }) => `  line ${line}: ${option} ${reason}`),
  ]);
  for (const warning of warnings) terminal.warn(warning);
  const path = write ? await writeSettings(world, { ...flags, makesConfig: true }, settings) : null;
  if (path !== null) terminal.info(`The settings are in ${path}. Next: nubes-nb config validate`);
  return {
    data: { settings: Object.fromEntries(settings), notTaken, warnings, path },
    names: settings.map(([key]) => key),
    text: () => settingsText(settings).trimEnd().split('\n'),
  };
}

export async function list({ loadedSettings }: Pick<App, 'loadedSettings'>): Promise<Report> {
  const { entries } = await loadedSettings();
  return {
    data: entries,
    names: entries.map(({ key }) => key),
    table: tableOf(entries, [
      { name: 'key', cell: ({ key }) => key },
      { name: 'value', cell: (entry) => shown(entry) || '-' },
      { name: 'origin', cell: ({ origin }) => origin },
      { name: 'about', wide: true, cell: ({ key }) => findKey(key)?.about ?? '' },
    ]),
  };
}

export async function get(
  { loadedSettings }: Pick<App, 'loadedSettings'>,
  name: string,
): Promise<Report> {
  const key = await requireKey(name);
  const { entries } = await loadedSettings();
  const entry = entries.find((each) => each.key === key.name);
  return { data: entry, text: () => (entry === undefined ? '' : shown(entry)) };
}

export async function set(
  { world, flags, terminal }: Pick<App, 'world' | 'flags' | 'terminal'>,
  name: string,
  value: string,
): Promise<Report> {
  const change = await setSetting(world, flags, name, value);
  const variable = variableOf(change.key);
  if (world.environment[variable]) {
    terminal.warn(`${variable} is set and overrides the settings file.`);
  }
  return changeReport(change, `${change.key} is set in ${change.path}.`);
}

export async function unset(
  { world, flags }: Pick<App, 'world' | 'flags'>,
  name: string,
): Promise<Report> {
  const change = await unsetSetting(world, flags, name);
  const action = change.changed ? 'is no longer set in' : 'was not set in';
  return changeReport(change, `${change.key} ${action} ${change.path}.`);
}

export async function path({ world, places }: Pick<App, 'world' | 'places'>): Promise<Report> {
  const files = await Promise.all([
    fileStatus('user', places.config),
    fileStatus('site', siteConfigFile(world)),
  ]);
  return {
    data: files,
    names: [places.config],
    table: tableOf(files, [
      { name: 'file', cell: ({ file }) => file },
      { name: 'path', cell: (each) => each.path },
      { name: 'exists', cell: ({ exists }) => (exists ? 'yes' : 'no') },
    ]),
  };
}

export async function validate({
  world,
  places,
  loadedSettings,
}: Pick<App, 'world' | 'places' | 'loadedSettings'>): Promise<Report> {
  const { settings, warnings } = await loadedSettings();
  const { requireNamedFiles } = await import('../doctor/settings.ts');
  const named = await requireNamedFiles(settings, world);
  const files = await Promise.all([
    fileStatus('user', places.config),
    fileStatus('site', siteConfigFile(world)),
  ]);
  const read = files.filter(({ exists }) => exists).map((each) => each.path);
  return {
    data: {
      valid: true,
      files: read,
      warnings: [...warnings, ...named.flatMap((each) => each.warnings)],
    },
    names: read,
    text: () =>
      sentences(
        ...(read.length === 0
          ? ['There is no settings file; what is set otherwise is valid.']
          : read.map((each) => `${each} is valid.`)),
        ...named.map(({ setting, path }) => `${setting} ${path} is readable.`),
        ...named.flatMap((each) => each.warnings),
      ),
  };
}

function changeReport(change: Change, sentence: string): Report {
  return { data: change, names: [change.key], text: () => sentences(sentence) };
}

function shown({ value }: SettingEntry): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  // DNs contain commas.
  return value.join(value.some((item) => item.includes(',')) ? ';' : ',');
}

async function fileStatus(file: 'user' | 'site', path: string) {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return { file, path, exists };
}
