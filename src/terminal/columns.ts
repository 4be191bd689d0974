import { NubesError } from '../errors.ts';
import type { GlobalFlags } from '../world.ts';

const withTable = new WeakSet<object>();

/** Marks a command that prints a table, so that `--columns` and `--no-header` are accepted. */
export function showsTable<Verb extends object>(command: Verb): Verb {
  withTable.add(command);
  return command;
}

/** Throws USAGE for `--columns` and `--no-header` if the command prints no table. */
export function refuseColumns(command: object, name: string, flags: GlobalFlags): void {
  if (withTable.has(command)) return;
  const flag = flags.columns === undefined ? '--no-header' : '--columns';
  throw new NubesError('USAGE', `${name} does not print a table, so ${flag} has no effect.`, {
    hint: `leave out ${flag}`,
  });
}
