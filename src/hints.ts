import { commandLine } from './command-line.ts';
import { variableOf } from './setting-variable.ts';
import type { GlobalFlags, World } from './world.ts';

/** One of several faults. */
interface Fault {
  /** The row, file or notebook that has it; `''` if that is not known. */
  readonly where: string;
  readonly hint: string | undefined;
}

const maxPlaces = 3;

/** What helps against several faults: a line for each remedy, with what it is for unless it is for all of them. */
export function hintForAll(faults: readonly Fault[]): string | undefined {
  const remedies = new Map<string, string[]>();
  for (const { where, hint } of faults) {
    if (hint !== undefined) remedies.set(hint, [...(remedies.get(hint) ?? []), where]);
  }
  const lines = [...remedies].map(([hint, places]) => {
    const known = places.filter((place) => place !== '');
    return known.length === 0 || places.length === faults.length
      ? hint
      : `${listed(known)}: ${hint}`;
  });
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** Where a hint has no room for a line each. */
export function inOneLine(hint: string): string {
  return hint.replaceAll('\n', '; ');
}

function listed(places: readonly string[]): string {
  const more = places.length - maxPlaces;
  const shown = places.slice(0, maxPlaces).join(' and ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** The hint, with commands that act on the same cloud, and on the setting that counts. */
export function applicableHint(
  hint: string,
  { flags, world }: { readonly flags: GlobalFlags; readonly world: Pick<World, 'environment'> },
): string {
  return withFlags(withVariables(hint, world.environment), flags);
}

/** The commands in a hint, for the same cloud: without these flags they would act on another one. */
export function withFlags(hint: string, { config, context }: GlobalFlags): string {
  if (config === undefined && context === undefined) return hint;
  const given = [
    ...(config === undefined ? [] : ['--config', config]),
    ...(context === undefined ? [] : ['--context', context]),
  ];
  return hint.replace(commandOnCloud(), () => `nubes-nb ${commandLine(given)} `);
}

/** All but those that need no settings. */
function commandOnCloud(): RegExp {
  const names =
    'admin apply certify config context cp create delete doctor exec handout history images key login logout logs ls open quota restart share show sizes ssh ssh-config start status stop tunnel url wait whoami';
  return new RegExp(`\\bnubes-nb (?=(?:${names.replaceAll(' ', '|')})(?![\\w-]))`, 'g');
}

/** A variable of the shell overrides the settings file, so the commands that would change it there set that variable. */
export function withVariables(hint: string, environment: World['environment']): string {
  return hint.replace(settingCommand, (command, key: string, value: string) => {
    const variable = variableOf(key);
    return environment[variable] ? `export ${variable}=${value}` : command;
  });
}

/** Not of a value that stands in the file and is invalid, whatever the variable is. */
const settingCommand =
  /\bnubes-nb config set ([a-z_]+\.[a-z_.]+) (?!VALUE, or correct)(\S*[^\s,;.])/g;
