import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { isDirect } from '../address.ts';
import { connectTo } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import { lockedInNova, notRunning } from '../errors.ts';
import { find } from '../find.ts';
import type { FirstBootGuest } from '../first-boot/options.ts';
import { type Guest, guestMetadata, guestsOf, maxGuests } from '../guest.ts';
import { recordChange } from '../half-done.ts';
import { nameOf, requestOf, shortVm } from '../identity.ts';
import { tokenDigest } from '../jupyter/token.ts';
import { statusOf } from '../status.ts';
import type { OnProgress } from '../waiting.ts';
import { type GuestAccess, guestAccess, needsKey, otherLoginShared } from './access.ts';
import { bareKey, guestTokenOf, keyMark, newGuest } from './token.ts';
import { addGuest } from './vm-file.ts';

export interface ShareOptions {
  readonly guest: string;
  /** `type base64 [comment]` */
  readonly keyLine: string | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  readonly onProgress: OnProgress;
}

export type Share = GuestAccess & {
  /** `unchanged`: the notebook was shared with the guest already, with the same key. */
  readonly result: 'shared' | 'key replaced' | 'unchanged';
};

/**
 * Lets a guest use a running notebook's Jupyter; Jupyter is not restarted. Throws CONFLICT if another login has
 * shared it with the guest, USAGE for a notebook behind a tunnel without a key.
 */
export async function share(deps: Deps, reference: string, options: ShareOptions): Promise<Share> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  const known = guestsOf(server).find((each) => each.name === options.guest);
  if (known === undefined) return shareWithNew(deps, server, options);
  const token = guestTokenOf(await deps.rootSecret(), server, known);
  if (token === undefined) throw otherLoginShared(name, known.name);
  const mark = keyMark(options.keyLine) ?? known.keyMark;
  if (mark === known.keyMark) {
    requireRunning(server);
    return { result: 'unchanged', ...(await guestAccess(deps, server, known)) };
  }
  const entry = { name: known.name, digest: tokenDigest(token), key: bareKey(options.keyLine) };
  return {
    ...(await write(deps, server, { ...known, keyMark: mark }, entry, options)),
    result: 'key replaced',
  };
}

async function shareWithNew(deps: Deps, server: Server, options: ShareOptions): Promise<Share> {
  const { guest: name, keyLine } = options;
  if (keyLine === undefined && !isDirect(server)) throw needsKey(nameOf(server), name);
  if (guestsOf(server).length >= maxGuests) throw tooManyGuests(nameOf(server));
  const made = newGuest(await deps.rootSecret(), requestOf(server), { name, keyLine });
  return { ...(await write(deps, server, made.guest, made.entry, options)), result: 'shared' };
}

/** The VM first: a guest in Nova's metadata can get in. */
async function write(
  deps: Deps,
  server: Server,
  guest: Guest,
  entry: FirstBootGuest,
  { asks, onProgress }: ShareOptions,
): Promise<GuestAccess> {
  const name = nameOf(server);
  if (server.locked) throw lockedInNova(name);
  const connection = await connectTo(deps, server);
  onProgress({ name: 'guest', detail: `${guest.name}, on ${shortVm(server)}`, asks });
  const retry = `nubes-nb share ${name} --as ${guest.name}${entry.key === undefined ? '' : ' --key FILE'}`;
  const failure = await addGuest(deps, connection, entry, { guest: guest.name, retry, asks });
  const metadata = guestMetadata(guest);
  const done = `The VM of ${name} lets ${guest.name} in`;
  await recordChange(deps, server, metadata, { done, hint: retry });
  if (failure !== undefined) throw failure;
  return guestAccess(deps, { ...server, metadata: { ...server.metadata, ...metadata } }, guest);
}

function requireRunning(server: Server): void {
  const status = statusOf(server);
  if (status !== 'running') throw notRunning(nameOf(server), status);
}

function tooManyGuests(name: string): NubesError {
  return new NubesError('LIMIT_REACHED', `${name} has ${maxGuests} guests already.`, {
    hint: `nubes-nb share ${name} --list, then nubes-nb share ${name} --revoke GUEST`,
  });
}
