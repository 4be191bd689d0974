import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { readGivenKey } from '../../ssh/given-key.ts';
import { isDirect } from '../address.ts';
import { connectTo, type SshConnection } from '../connect/ssh-connection.ts';
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

/** The guest's public key, from a file relative to the working directory. Throws USAGE. */
export function readGuestKey(cwd: string, file: string): string {
  return readGivenKey(cwd, file);
}

/**
 * Lets a guest use a running notebook's Jupyter; Jupyter is not restarted. Throws what `shareRefusal` returns, and what the
 * VM refuses.
 */
export async function share(deps: Deps, reference: string, options: ShareOptions): Promise<Share> {
  const server = await find(deps, reference);
  const refusal = await shareRefusal(deps, server, options);
  if (refusal !== undefined) throw refusal;
  const { guest, keyLine } = options;
  const known = guestsOf(server).find(({ name }) => name === guest);
  const token = known && guestTokenOf(await deps.rootSecret(), server, known);
  if (known === undefined || token === undefined)
    return { ...(await shareWithNew(deps, server, options)), result: 'shared' };
  if ((keyMark(keyLine) ?? known.keyMark) !== known.keyMark) {
    return { ...(await shareWithNew(deps, server, options)), result: 'key replaced' };
  }
  const entry = { name: guest, digest: tokenDigest(token), key: bareKey(keyLine) };
  return shareAgain(deps, server, { known, entry }, options);
}

/**
 * Why a notebook cannot be shared with a guest, as far as Nova knows it, also for plans: CONFLICT if another login has shared it with
 * the guest or another guest has the same key, USAGE for the owner, and for a notebook behind a tunnel without a key; NOT_ALLOWED
 * if it is locked, LIMIT_REACHED with too many guests.
 */
export async function shareRefusal(
  deps: Pick<Deps, 'owner' | 'rootSecret'>,
  server: Server,
  { guest, keyLine }: Pick<ShareOptions, 'guest' | 'keyLine'>,
): Promise<NubesError | undefined> {
  const [name, mark] = [nameOf(server), keyMark(keyLine)];
  if (guest === deps.owner.name) return isOwner(name, guest);
  const others = guestsOf(server).filter((each) => each.name !== guest);
  // Connections are judged by their key, so those of two guests with one key could not be distinguished.
  const same = others.find((each) => mark !== undefined && each.keyMark === mark);
  if (same !== undefined) return keyTaken(name, guest, same.name);
  const known = guestsOf(server).find((each) => each.name === guest);
  if (known !== undefined) {
    const isOurs = guestTokenOf(await deps.rootSecret(), server, known) !== undefined;
    if (!isOurs) return otherLoginShared(name, guest);
    const keyOrDirect = known.keyMark !== undefined || isDirect(server);
    if (keyOrDirect && (mark ?? known.keyMark) === known.keyMark) return undefined;
  }
  if (keyLine === undefined && !isDirect(server)) return needsKey(name, guest);
  if (others.length >= maxGuests) return tooManyGuests(name);
  return server.locked ? lockedInNova(name) : undefined;
}

/** A guest whose line the VM's file no longer has gets a new token. */
async function shareAgain(
  deps: Deps,
  server: Server,
  { known, entry }: { readonly known: Guest; readonly entry: FirstBootGuest },
  options: ShareOptions,
): Promise<Share> {
  const [name, hasKey] = [nameOf(server), known.keyMark !== undefined];
  const connection = await connect(deps, server, options);
  const retry = `nubes-nb share ${name} --as ${known.name}`;
  const change = { guest: known.name, retry, asks: options.asks, hasKey };
  if (await keepGuest(deps, connection, entry, change)) {
    return { ...(await guestAccess(deps, server, known)), result: 'unchanged' };
  }
  // Any member of the project can write the metadata of an earlier share: its token must not return.
  if (hasKey && options.keyLine === undefined) throw lineMissing(name, known.name);
  if (server.locked) throw lockedInNova(name);
  return { ...(await shareWithNew(deps, server, options, connection)), result: 'shared' };
}

async function connect(
  deps: Deps,
  server: Server,
  { guest, asks, onProgress }: ShareOptions,
): Promise<SshConnection> {
  const connection = await connectTo(deps, server);
  onProgress({ name: 'guest', detail: `${guest}, on ${shortVm(server)}`, asks });
  return connection;
}

/**
 * With a token that no earlier share had, also for a guest who has another key now. The VM first: a guest in Nova's
 * metadata can get in.
 */
async function shareWithNew(
  deps: Deps,
  server: Server,
  options: ShareOptions,
  earlier?: SshConnection,
): Promise<GuestAccess> {
  const { guest: guestName, keyLine, asks } = options;
  const name = nameOf(server);
  const rootSecret = await deps.rootSecret();
  const { guest, entry } = newGuest(rootSecret, requestOf(server), { name: guestName, keyLine });
  const connection = earlier ?? (await connect(deps, server, options));
  const retry = `nubes-nb share ${name} --as ${guestName}${entry.key === undefined ? '' : ' --key FILE'}`;
  const failure = await addGuest(deps, connection, entry, { guest: guestName, retry, asks });
  // Without a key that may not work, so that every later run sees that it is missing.
  const metadata = guestMetadata(failure === undefined ? guest : { ...guest, keyMark: undefined });
  const done = `The VM of ${name} lets ${guestName} in`;
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
