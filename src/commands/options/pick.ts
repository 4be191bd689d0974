import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { ServerNotebook } from '../../notebooks/notebook.ts';
import type { Action } from '../../notebooks/rules.ts';
import { formatAge } from '../../terminal/age.ts';
import { clean } from '../../terminal/clean.ts';

/** What a command without a name does to the notebook that the user picks. */
export interface PickRequest {
  /** Decides which notebooks it may be. */
  readonly action: Action;
  /** After "Notebook to": `start`. */
  readonly doing: string;
}

/**
 * The only notebook on which the action has an effect, or the one that the user picks: its name, or its UUID if
 * two have the name. Throws NOT_FOUND if there is none, CANCELLED.
 */
export async function pickNotebook(app: App, { action, doing }: PickRequest): Promise<string> {
  const { terminal } = app;
  const { candidatesFor } = await import('../../notebooks/lifecycle/candidates.ts');
  const { found, hasAny } = await candidatesFor(await app.deps(), action);
  const [first, ...others] = found;
  if (first === undefined) throw nothingTo(action, doing, hasAny);
  const chosen = others.length === 0 ? first : await choose(app, found, doing);
  if (others.length === 0) {
    const kind = action.verb === 'show' ? 'notebook' : `notebook to ${doing}`;
    // Also with -q: the user must see what the command is about to act on.
    await terminal.printStderr(`${clean(chosen.name)} is your only ${kind}.`);
  }
  const isUnique = found.filter(({ name }) => name === chosen.name).length === 1;
  return isUnique ? chosen.name : chosen.id;
}

async function choose(
  { terminal }: App,
  found: readonly ServerNotebook[],
  doing: string,
): Promise<ServerNotebook> {
  const nameWidth = widest(found.map(({ name }) => name));
  const statusWidth = widest(found.map(({ status }) => status));
  return terminal.ask.choose({
    message: `Notebook to ${doing}:`,
    flag: 'a name',
    choices: found.map((notebook) => {
      const { name, status, createdAt } = notebook;
      const age = formatAge(new Date(createdAt), terminal.now());
      return {
        name: `${name.padEnd(nameWidth)}  ${status.padEnd(statusWidth)}  ${age}`,
        short: name,
        value: notebook,
      };
    }),
  });
}

function nothingTo(action: Action, doing: string, hasAny: boolean): NubesError {
  if (!hasAny) {
    return new NubesError('NOT_FOUND', 'You have no notebooks.', { hint: 'nubes-nb create NAME' });
  }
  const why = reasons[action.verb];
  return new NubesError(
    'NOT_FOUND',
    `There is nothing to ${doing}: none of your notebooks ${why}.`,
    {
      hint: 'nubes-nb ls shows them',
    },
  );
}

const reasons: Readonly<Record<Action['verb'], string>> = {
  create: 'is new',
  start: 'is stopped',
  stop: 'is running',
  restart: 'is running',
  certify: 'is running with direct access',
  delete: 'may be deleted',
  wait: 'is on its way to that state',
  show: 'is left',
};

/** The width of a column of a picker. */
export function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}
