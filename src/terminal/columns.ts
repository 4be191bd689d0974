import { NubesError } from '../errors.ts';
import type { GlobalFlags } from '../world.ts';

const tabled = new WeakSet<object>();

/** Notes that a command answers with a table, so that `--columns` and `--no-header` mean something. */
export function showsTable<Verb extends object>(command: Verb): Verb {
  tabled.add(command);
  return command;
}

/** Throws USAGE before anything is done where a table's flags are given and there will be none. */
export function refuseColumns(command: object, name: string, flags: GlobalFlags): void {
  if (tabled.has(command)) return;
  const flag = flags.columns === undefined ? '--no-header' : '--columns';
  throw new NubesError('USAGE', `${name} shows no table, so ${flag} means nothing to it.`, {
    hint: `leave out ${flag}`,
  });
}
