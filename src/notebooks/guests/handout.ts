import { errorFrom, interruption, NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { type Guest, guestsOf } from '../guest.ts';
import { labelMetadata, nameOf } from '../identity.ts';
import { type NotebookStatus, statusOf } from '../status.ts';
import { type GuestAccess, guestAccess } from './access.ts';
import { type Revocation, revoke } from './revoke.ts';
import { guestTokenOf, keyMark } from './token.ts';

/** A guest of a notebook, for the owner. */
export interface Participant {
  readonly guest: string;
  readonly notebook: string;
  readonly status: NotebookStatus;
  /** What the guest needs; null: see `error`. */
  readonly access: GuestAccess | null;
  /** Why there is no access to hand out, or why it was not revoked. */
  readonly error: { readonly message: string; readonly hint: string | null } | null;
}

/** Each notebook of a selection with its guests. */
export interface Selected {
  readonly server: Server;
  readonly guest: Guest;
}

/** The guests of the owner's notebooks with all these labels, by notebook and name. */
export async function selectGuests(
  deps: Deps,
  labels: Readonly<Record<string, string>>,
): Promise<readonly Selected[]> {
  const wanted = Object.entries(labelMetadata(labels));
  const own = (await listOwn(deps)).filter(({ metadata }) =>
    wanted.every(([key, value]) => metadata[key] === value),
  );
  const byName = own.toSorted((one, other) =>
    nameOf(one).localeCompare(nameOf(other), 'en', { numeric: true }),
  );
  return byName.flatMap((server) => guestsOf(server).map((guest) => ({ server, guest })));
}

/** The public key that a list of people has for a guest; undefined: none. Throws USAGE. */
export type ListedKey = (
  guest: string,
) => { readonly line: string; readonly position: string } | undefined;

/**
 * What each of them needs; a guest whose page cannot be made, or who has another key than in the list, has an error instead. As many
 * at once as notebooks are created.
 */
export async function handOut(
  deps: Deps,
  selected: readonly Selected[],
  listedKey: ListedKey = () => undefined,
): Promise<readonly Participant[]> {
  const size = deps.settings.limits.concurrency;
  const results: Participant[] = [];
  for (let at = 0; at < selected.length; at += size) {
    const part = selected.slice(at, at + size).map((each) =>
      orError(deps, each, async () => {
        checkKey(each, listedKey(each.guest.name), replaceKey);
        return guestAccess(deps, each.server, each.guest);
      }),
    );
    results.push(...(await Promise.all(part)));
  }
  return results;
}

/** What to do with a guest who has another key than the list, if they are the same person. */
type Hint = (notebook: string, guest: string) => string;

const replaceKey: Hint = (notebook, guest) =>
  `nubes-nb share ${notebook} --as ${guest} --key FILE replaces it`;
const revokeOne: Hint = (notebook, guest) => `nubes-nb share ${notebook} --revoke ${guest}`;

/** Two people of two courses may have one name: the e-mail address of one must not get the page of the other. */
function checkKey({ server, guest }: Selected, listed: ReturnType<ListedKey>, hintFor: Hint): void {
  if (listed === undefined || guest.keyMark === undefined) return;
  if (keyMark(listed.line) === guest.keyMark) return;
  const name = nameOf(server);
  throw new NubesError(
    'CONFLICT',
    `${listed.position}: the guest ${guest.name} of ${name} has another key than the list.`,
    { hint: `${hintFor(name, guest.name)}, if they are the same person` },
  );
}

/** The guests to turn away who have no other key than the list has for them, and an error for each of the others. */
export async function withListedKey(
  deps: Deps,
  selected: readonly Selected[],
  listedKey: ListedKey,
): Promise<{ readonly same: readonly Selected[]; readonly others: readonly Participant[] }> {
  const same: Selected[] = [];
  const others: Participant[] = [];
  for (const each of selected) {
    const result = await orError(deps, each, async () => {
      checkKey(each, listedKey(each.guest.name), revokeOne);
      return null;
    });
    if (result.error === null) same.push(each);
    else others.push(result);
  }
  return { same, others };
}

/** How many of them have tokens that only another login can derive: an earlier one, or that of another computer. */
export async function countOfOtherLogins(
  deps: Deps,
  selected: readonly Selected[],
): Promise<number> {
  const rootSecret = await deps.rootSecret().catch(() => undefined);
  // Each of them has that error then.
  if (rootSecret === undefined) return 0;
  const isOther = ({ server, guest }: Selected) =>
    guestTokenOf(rootSecret, server, guest) === undefined;
  return selected.filter(isOther).length;
}

/** Turns all of them away, one after another, as each change waits for its VM. Throws an interruption that leaves some. */
export async function revokeAll(
  deps: Deps,
  selected: readonly Selected[],
  { asks, onRevoked }: { readonly asks: boolean; readonly onRevoked: (done: Revocation) => void },
): Promise<readonly Participant[]> {
  const { interrupted } = deps.world;
  const results: Participant[] = [];
  for (const each of selected) {
    const result = await orError(deps, each, async () => {
      const options = { guest: each.guest.name, asks, onProgress: () => {} };
      onRevoked(await revoke(deps, each.server.id, options));
      return null;
    });
    results.push(result);
    if (interrupted.aborted) break;
  }
  const done = results.filter(({ error }) => error === null).length;
  if (!interrupted.aborted || done === selected.length) return results;
  throw interruption(
    interrupted,
    `Interrupted, with ${done} of ${selected.length} guests turned away; the others may have access.`,
    'run the same command again for the rest',
  );
}

async function orError(
  { world }: Deps,
  { server, guest }: Selected,
  work: () => Promise<GuestAccess | null>,
): Promise<Participant> {
  const about = { guest: guest.name, notebook: nameOf(server), status: statusOf(server) };
  try {
    return { ...about, access: await work(), error: null };
  } catch (thrown) {
    const { message, hint = null } = errorFrom(thrown, world.interrupted);
    return { ...about, access: null, error: { message, hint } };
  }
}
