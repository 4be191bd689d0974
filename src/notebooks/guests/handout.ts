import { errorFrom } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { type Guest, guestsOf } from '../guest.ts';
import { labelMetadata, nameOf } from '../identity.ts';
import { type NotebookStatus, statusOf } from '../status.ts';
import { type GuestAccess, guestAccess } from './access.ts';
import { type Revocation, revoke } from './revoke.ts';

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

/** What each of them needs; a guest whose page cannot be made has an error instead. */
export async function handOut(
  deps: Deps,
  selected: readonly Selected[],
): Promise<readonly Participant[]> {
  return inParts(deps, selected, async ({ server, guest }) => {
    const access = await guestAccess(deps, server, guest);
    return { ...about({ server, guest }), access, error: null };
  });
}

/** Turns all of them away. One after another on each notebook, as each change waits for its VM. */
export async function revokeAll(
  deps: Deps,
  selected: readonly Selected[],
  { asks, onRevoked }: { readonly asks: boolean; readonly onRevoked: (done: Revocation) => void },
): Promise<readonly Participant[]> {
  const results: Participant[] = [];
  for (const { server, guest } of selected) {
    const one = await inParts(deps, [{ server, guest }], async (each) => {
      const options = { guest: guest.name, asks, onProgress: () => {} };
      onRevoked(await revoke(deps, server.id, options));
      return { ...about(each), access: null, error: null };
    });
    results.push(...one);
    if (deps.world.interrupted.aborted) break;
  }
  return results;
}

function about({ server, guest }: Selected): Pick<Participant, 'guest' | 'notebook' | 'status'> {
  return { guest: guest.name, notebook: nameOf(server), status: statusOf(server) };
}

/** As many at once as notebooks are created. */
async function inParts(
  { world, settings }: Deps,
  selected: readonly Selected[],
  work: (each: Selected) => Promise<Participant>,
): Promise<readonly Participant[]> {
  const size = settings.limits.concurrency;
  const results: Participant[] = [];
  for (let at = 0; at < selected.length; at += size) {
    const part = selected.slice(at, at + size).map((each) =>
      work(each).catch((thrown: unknown) => {
        const { message, hint = null } = errorFrom(thrown, world.interrupted);
        return { ...about(each), access: null, error: { message, hint } };
      }),
    );
    results.push(...(await Promise.all(part)));
  }
  return results;
}
