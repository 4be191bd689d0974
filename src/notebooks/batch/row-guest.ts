import { NubesError, withPosition } from '../../errors.ts';
import type { GivenGuest } from '../../given-guest.ts';
import type { ActionResult } from '../actions.ts';
import { isDirect } from '../address.ts';
import type { NewNotebookGuest } from '../create/guest.ts';
import { notRunning } from '../errors.ts';
import { find } from '../find.ts';
import { guestsOf } from '../guest.ts';
import { keyMark } from '../guests/token.ts';
import type { OnProgress } from '../waiting.ts';
import type { OwnNotebook } from './snapshot.ts';
import type { BatchDeps, Step } from './step.ts';

/** What a plan says of a row. */
export type Planned = Pick<Step, 'change' | 'detail' | 'error'>;

type Given = { readonly guest?: NewNotebookGuest | undefined };

interface Row extends Given {
  readonly given: { readonly for?: GivenGuest | undefined };
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What a plan does so that a row's guest can use the notebook, with the key of the row. Unchanged if they can use one that
 * exists already: Nova's metadata has a guest only if the VM lets them in.
 */
export async function guestStep(
  deps: BatchDeps,
  row: Row,
  found: OwnNotebook | undefined,
  decided: Planned,
): Promise<Planned> {
  const { guest } = row;
  const isDone = guest === undefined || (found !== undefined && hasAccess(found.server, guest));
  if (isDone || decided.change === 'refused') return decided;
  const { change } = decided;
  const detail = `${decided.detail}, for ${guest.name}`;
  if (found === undefined) return { ...decided, detail };
  const label = row.given.for?.isListed === true ? missingLabel(row, found) : undefined;
  if (label !== undefined) {
    return { change: 'skip', detail, error: notOfList(found.notebook.name, guest.name, label) };
  }
  const refusal = await refusalFor(deps, row, found.server);
  if (refusal !== undefined) return { change: 'refused', detail, error: refusal };
  if (change !== 'same') return { change, detail };
  const { name, status } = found.notebook;
  if (status === 'running') return { change: 'update', detail };
  return { change: 'refused', detail, error: notRunning(name, status) };
}

/** Why the notebook cannot be shared with the row's guest; undefined if they can use it already. */
async function refusalFor(deps: BatchDeps, { guest }: Given, server: OwnNotebook['server']) {
  if (guest === undefined || hasAccess(server, guest)) return undefined;
  const { shareRefusal } = await import('../guests/share.ts');
  return shareRefusal(deps, server, { guest: guest.name, keyLine: guest.keyLine });
}

/** Before a found notebook is started for nothing. */
export async function checkShareable(
  deps: BatchDeps,
  given: Given,
  server: OwnNotebook['server'],
): Promise<void> {
  const refusal = await refusalFor(deps, given, server);
  if (refusal !== undefined) throw withPosition(refusal, `for ${given.guest?.name}`);
}

/** After a row's notebook was found instead of made: shares it with the row's guest, unless they can use it already. */
export async function shareFound(
  deps: BatchDeps,
  { guest }: Given,
  planned: OwnNotebook | undefined,
  done: ActionResult,
  onProgress: OnProgress,
): Promise<ActionResult> {
  const { notebook } = done;
  if (guest === undefined || notebook === undefined) return done;
  // Without a planned one, another shell has made it since, maybe with the same guest.
  const server = planned?.server ?? (await find(deps, notebook.id));
  if (hasAccess(server, guest)) return done;
  const { share } = await import('../guests/share.ts');
  const { name, keyLine } = guest;
  try {
    await share(deps, notebook.id, { guest: name, keyLine, asks: false, onProgress });
  } catch (error) {
    throw withPosition(error, `for ${name}`);
  }
  const guests = [...new Set([...notebook.guests, name])].sort();
  return { ...done, notebook: { ...notebook, guests }, guest: name };
}

/** A person of a list may be called as a notebook of the owner's is, or ask for it in the column `notebook`. */
function missingLabel({ guest, labels }: Row, { server, notebook }: OwnNotebook) {
  if (guestsOf(server).some(({ name }) => name === guest?.name)) return undefined;
  return Object.entries(labels).find(([key, value]) => notebook.labels[key] !== value);
}

function notOfList(name: string, guest: string, [key, value]: [string, string]): NubesError {
  return new NubesError(
    'CONFLICT',
    `${name} exists already without the label ${key}=${value}, so it is not shared with ${guest}.`,
    {
      hint: `nubes-nb share ${name} --as ${guest} if it is theirs, else another name in the column notebook`,
    },
  );
}

function hasAccess(server: OwnNotebook['server'], { name, keyLine }: NewNotebookGuest): boolean {
  const known = guestsOf(server).find((each) => each.name === name);
  if (known === undefined) return false;
  if (keyLine === undefined) return known.keyMark !== undefined || isDirect(server);
  return known.keyMark === keyMark(keyLine);
}
