import { NubesError } from '../errors.ts';
import type { GlobalFlags } from '../world.ts';

const withTable = new WeakSet<object>();

/** Marks a command that prints a table, so that `--columns`, `--no-header` and `-o csv` are accepted. */
export function showsTable<Verb extends object>(command: Verb): Verb {
  withTable.add(command);
  return command;
}

/** Throws USAGE for `--columns`, `--no-header` and `-o csv` if the command prints no table. */
export function refuseColumns(command: object, name: string, flags: GlobalFlags): void {
  if (withTable.has(command)) return;
  const ofTable = flags.columns === undefined ? '--no-header' : '--columns';
  const flag = flags.output === 'csv' ? '-o csv' : ofTable;
  throw new NubesError('USAGE', `${name} does not print a table, so ${flag} has no effect.`, {
    hint: `leave out ${flag}`,
  });
}
