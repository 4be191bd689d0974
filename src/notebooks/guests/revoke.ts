import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { connectTo } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import { lockedInNova } from '../errors.ts';
import { find } from '../find.ts';
import { guestKey, guestsOf } from '../guest.ts';
import { halfDone } from '../half-done.ts';
import { nameOf, shortVm } from '../identity.ts';
import { statusOf } from '../status.ts';
import type { OnProgress } from '../waiting.ts';
import { openWork } from './open-work.ts';
import { type Removal, removeGuest } from './vm-file.ts';

export interface RevokeOptions {
  readonly guest: string;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  readonly onProgress: OnProgress;
}

export interface Revocation {
  readonly notebook: string;
  readonly guest: string;
  /** Kernels and terminals that run, also the owner's; null: Jupyter could not be asked. */
  readonly open: readonly string[] | null;
  /** Names in the VM's file whose tokens Nova does not know: any code in Jupyter can have added them. */
  readonly unlisted: readonly string[];
}

/**
 * Turns a guest away: the token is refused at once, the key is gone, and their tunnels have ended; only then Nova forgets
 * the guest. Throws NOT_FOUND for an unknown guest, WRONG_STATE if the VM is not running, TIMED_OUT if root has not
 * confirmed it.
 */
export async function revoke(
  deps: Deps,
  reference: string,
  { guest, asks, onProgress }: RevokeOptions,
): Promise<Revocation> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  const isKnown = guestsOf(server).some((each) => each.name === guest);
  if (!isKnown && (guest === deps.owner.name || statusOf(server) !== 'running')) {
    throw noSuchGuest(deps, server, guest);
  }
  if (server.locked) throw lockedInNova(name);
  const connection = await connectTo(deps, server);
  onProgress({ name: 'guest', detail: `${guest}, on ${shortVm(server)}`, asks });
  const retry = `nubes-nb share ${name} --revoke ${guest}`;
  // A share whose metadata failed has left a line on the VM.
  const { found, others } = await removeGuest(deps, connection, { guest, retry, asks });
  if (!found && !isKnown) throw noSuchGuest(deps, server, guest);
  await forget(deps, server, guest, retry);
  const open = (await openWork(deps, connection)) ?? null;
  return { notebook: name, guest, open, unlisted: unlistedIn(others, server) };
}

/** A line with the name of a guest, but another token, is not theirs either. */
function unlistedIn(others: Removal['others'], server: Server): string[] {
  const known = new Set(guestsOf(server).map(({ name, tokenMark }) => `${name} ${tokenMark}`));
  const unlisted = others.filter(({ name, tokenMark }) => !known.has(`${name} ${tokenMark}`));
  return [...new Set(unlisted.map(({ name }) => name))];
}

async function forget(
  { compute, world }: Deps,
  server: Server,
  guest: string,
  hint: string,
): Promise<void> {
  const removed = servers.removeMetadata(compute, server.id, guestKey(guest));
  await removed.catch((error: unknown) => {
    const done = `The VM of ${nameOf(server)} no longer lets ${guest} in`;
    const missing = 'Nova has not confirmed that it recorded this';
    throw halfDone(error, { done, missing, hint }, world.interrupted);
  });
}

function noSuchGuest({ owner }: Deps, server: Server, guest: string): NubesError {
  const name = nameOf(server);
  if (guest === owner.name) {
    return new NubesError('USAGE', `${guest} owns ${name} and is not a guest.`, {
      hint: `nubes-nb url ${name} --renew from another login replaces the owner's token`,
    });
  }
  const names = guestsOf(server).map((each) => each.name);
  return new NubesError('NOT_FOUND', `${guest} is not a guest of ${name}.`, {
    hint: names.length === 0 ? `nubes-nb share ${name} --list` : `its guests: ${names.join(', ')}`,
  });
}
