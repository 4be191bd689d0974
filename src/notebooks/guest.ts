import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';

/** A person whom the owner of a notebook lets use its Jupyter, as Nova's metadata knows them. */
export interface Guest {
  readonly name: string;
  /** Chosen at random for each share, so that the token of an earlier share never opens the notebook again. */
  readonly serial: string;
  /** The beginning of the digest of the guest's token. */
  readonly tokenMark: string;
  /** The beginning of the digest of the guest's SSH key; undefined: the guest has none. */
  readonly keyMark: string | undefined;
}

/** Nova accepts 128 metadata items, and labels are among them. */
export const maxGuests = 20;

const guestPrefix = 'nubes-nb:guest.';
const guestName = /^[a-z0-9]([a-z0-9._-]{0,30}[a-z0-9])?$/;

export function isGuestName(text: string): boolean {
  return guestName.test(text);
}

/** Throws USAGE. */
export function checkGuestName(text: string): void {
  if (isGuestName(text)) return;
  throw new NubesError('USAGE', `'${text}' is not a valid name for a guest.`, {
    hint: 'use 1 to 32 characters: a-z, 0-9, and . _ - between them',
  });
}

export function guestKey(name: string): string {
  return `${guestPrefix}${name}`;
}

/** The item of metadata that records a guest. */
export function guestMetadata({ name, serial, tokenMark, keyMark }: Guest): Record<string, string> {
  return { [guestKey(name)]: [serial, tokenMark, ...(keyMark ? [keyMark] : [])].join(' ') };
}

/** The guests of a notebook by name. Any project member can write metadata, so what is not well-formed is ignored. */
export function guestsOf({ metadata }: Pick<Server, 'metadata'>): readonly Guest[] {
  return Object.entries(metadata)
    .filter(([key]) => key.startsWith(guestPrefix))
    .flatMap(([key, value]) => guestIn(key.slice(guestPrefix.length), value) ?? [])
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function guestIn(name: string, value: string): Guest | undefined {
  const found = /^([0-9a-f]{16}) ([0-9a-f]{12})(?: ([0-9a-f]{12}))?$/.exec(value);
  const [, serial = '', tokenMark = '', keyMark] = found ?? [];
  if (found === null || !isGuestName(name)) return undefined;
  return { name, serial, tokenMark, keyMark };
}
