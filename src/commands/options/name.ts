import { CommanderError } from 'commander';
import type { App } from '../../app.ts';
import type { Action } from '../../notebooks/rules.ts';
import { type BatchFlags, isSelecting, type SelectionFlags } from './batch.ts';
import type { PickRequest } from './pick.ts';

/** Commands that only read a notebook, or connect to it. */
export const anyNotebook: Action = { verb: 'show' };

/** The given name, or on a terminal the one that the user picks. Throws CommanderError elsewhere. */
export async function nameOrPick(
  app: App,
  name: string | undefined,
  pick: PickRequest,
): Promise<string> {
  const [picked] = name === undefined ? await namesOrPick(app, [], {}, pick) : [name];
  if (picked === undefined) throw missingName();
  return picked;
}

/** The given names. Without any, and without flags in their place, on a terminal the one that the user picks. */
export async function namesOrPick(
  app: App,
  names: readonly string[],
  options: Partial<BatchFlags> & SelectionFlags,
  pick: PickRequest,
): Promise<readonly string[]> {
  const isGiven = names.length > 0 || options.from !== undefined || isSelecting(options);
  if (isGiven || !app.terminal.interactive) return names;
  const { pickNotebook } = await import('./pick.ts');
  return [await pickNotebook(app, pick)];
}

/** run() words commander's own error. */
export function missingName(): CommanderError {
  return new CommanderError(2, 'commander.missingArgument', "missing required argument 'name'");
}
