import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { isDirect } from '../address.ts';
import { connectTo } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import { lockedInNova } from '../errors.ts';
import { find } from '../find.ts';
import type { FirstBootGuest } from '../first-boot/options.ts';
import { type Guest, guestMetadata, guestsOf, maxGuests } from '../guest.ts';
import { recordChange } from '../half-done.ts';
import { nameOf, requestOf, shortVm } from '../identity.ts';
import { tokenDigest } from '../jupyter/token.ts';
import type { OnProgress } from '../waiting.ts';
import { type GuestAccess, guestAccess, needsKey, otherLoginShared } from './access.ts';
import { bareKey, guestTokenOf, keyMark, newGuest } from './token.ts';
import { addGuest, keepGuest } from './vm-file.ts';

export interface ShareOptions {
  readonly guest: string;
  /** `type base64 [comment]` */
  readonly keyLine: string | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  readonly onProgress: OnProgress;
}

export type Share = GuestAccess & {
  /** `unchanged`: the notebook was shared with the guest already, with the same key, and the VM has confirmed it. */
  readonly result: 'shared' | 'key replaced' | 'unchanged';
};

/**
 * Lets a guest use a running notebook's Jupyter; Jupyter is not restarted. Throws CONFLICT if another login has
 * shared it with the guest or another guest has the same key, USAGE for the owner, and for a notebook behind a tunnel
 * without a key.
 */
export async function share(deps: Deps, reference: string, options: ShareOptions): Promise<Share> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  if (options.guest === deps.owner.name) throw isOwner(name, options.guest);
  requireOwnKey(server, options);
  const known = guestsOf(server).find((each) => each.name === options.guest);
  if (known === undefined) return shareWithNew(deps, server, options);
  const token = guestTokenOf(await deps.rootSecret(), server, known);
  if (token === undefined) throw otherLoginShared(name, known.name);
  const mark = keyMark(options.keyLine) ?? known.keyMark;
  if (mark !== known.keyMark) {
    return { ...(await shareWithNew(deps, server, options)), result: 'key replaced' };
  }
  const entry = { name: known.name, digest: tokenDigest(token), key: bareKey(options.keyLine) };
  if (await keep(deps, server, known, entry, options)) {
    return { ...(await guestAccess(deps, server, known)), result: 'unchanged' };
  }
  // Any member of the project can write the metadata of an earlier share: its token must not return.
  if (known.keyMark !== undefined && options.keyLine === undefined) {
    throw lineMissing(name, known.name);
  }
  return shareWithNew(deps, server, options);
}

/** Connections are judged by their key, so those of two guests with one key could not be distinguished. */
function requireOwnKey(server: Server, { guest, keyLine }: ShareOptions): void {
  const mark = keyMark(keyLine);
  const other = guestsOf(server).find(({ name, keyMark: its }) => name !== guest && its === mark);
  if (mark !== undefined && other !== undefined) throw keyTaken(nameOf(server), guest, other.name);
}

/** With a token that no earlier share had, also for a guest who has another key now. */
async function shareWithNew(deps: Deps, server: Server, options: ShareOptions): Promise<Share> {
  const { guest: name, keyLine } = options;
  const others = guestsOf(server).filter((each) => each.name !== name);
  if (keyLine === undefined && !isDirect(server)) throw needsKey(nameOf(server), name);
  if (others.length >= maxGuests) throw tooManyGuests(nameOf(server));
  const made = newGuest(await deps.rootSecret(), requestOf(server), { name, keyLine });
  return { ...(await write(deps, server, made.guest, made.entry, options)), result: 'shared' };
}

/** False: the VM's file has no such line. */
async function keep(
  deps: Deps,
  server: Server,
  { name: guest, keyMark: mark }: Guest,
  entry: FirstBootGuest,
  { asks, onProgress }: ShareOptions,
): Promise<boolean> {
  const connection = await connectTo(deps, server);
  onProgress({ name: 'guest', detail: `${guest}, on ${shortVm(server)}`, asks });
  const change = { guest, retry: `nubes-nb share ${nameOf(server)} --as ${guest}`, asks };
  return keepGuest(deps, connection, entry, { ...change, hasKey: mark !== undefined });
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

function isOwner(name: string, guest: string): NubesError {
  return new NubesError('USAGE', `${guest} owns ${name}, and cannot be a guest of it.`, {
    hint: `nubes-nb url ${name}, or nubes-nb share ${name} --as GUEST with the name of another person`,
  });
}

function keyTaken(name: string, guest: string, other: string): NubesError {
  return new NubesError('CONFLICT', `${other} is a guest of ${name} with the same SSH key.`, {
    hint: `ask ${guest} for a key of their own, or nubes-nb share ${name} --revoke ${other} first`,
  });
}

function lineMissing(name: string, guest: string): NubesError {
  return new NubesError(
    'CONFLICT',
    `The VM of ${name} does not let ${guest} in: its file of guests has no such line.`,
    { hint: `nubes-nb share ${name} --as ${guest} --key FILE` },
  );
}

function tooManyGuests(name: string): NubesError {
  return new NubesError('LIMIT_REACHED', `${name} has ${maxGuests} guests already.`, {
    hint: `nubes-nb share ${name} --list, then nubes-nb share ${name} --revoke GUEST`,
  });
}
