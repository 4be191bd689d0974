import { createHmac, randomBytes } from 'node:crypto';
import type { Server } from '../../openstack/compute/servers.ts';
import { keyDigest } from '../../ssh/key-digest.ts';
import type { FirstBootGuest } from '../first-boot/options.ts';
import type { Guest } from '../guest.ts';
import { requestOf } from '../identity.ts';
import { digestMark, tokenDigest } from '../jupyter/token.ts';

/** 128 bits in 32 hex digits, derived as the owner's token, so it is not stored anywhere. */
export function guestToken(
  rootSecret: Buffer,
  request: string,
  { name, serial }: Pick<Guest, 'name' | 'serial'>,
): string {
  return createHmac('sha256', rootSecret)
    .update(`guest-token:${request}:${name}:${serial}`)
    .digest('hex')
    .slice(0, 32);
}

/** The token of a guest; undefined if another login shared the notebook with them. */
export function guestTokenOf(rootSecret: Buffer, server: Server, guest: Guest): string | undefined {
  const token = guestToken(rootSecret, requestOf(server), guest);
  return digestMark(token) === guest.tokenMark ? token : undefined;
}

/** What each side has to know about a new guest. */
export interface NewGuest {
  /** For Nova's metadata. */
  readonly guest: Guest;
  /** For the VM. */
  readonly entry: FirstBootGuest;
}

/** A guest of the notebook created by `request`, with a token that no earlier guest had. `keyLine`: `type base64 [comment]`. */
export function newGuest(
  rootSecret: Buffer,
  request: string,
  { name, keyLine }: { readonly name: string; readonly keyLine?: string | undefined },
): NewGuest {
  const serial = randomBytes(8).toString('hex');
  const token = guestToken(rootSecret, request, { name, serial });
  return {
    guest: { name, serial, tokenMark: digestMark(token), keyMark: keyMark(keyLine) },
    entry: { name, digest: tokenDigest(token), key: bareKey(keyLine) },
  };
}

export function keyMark(keyLine: string | undefined): string | undefined {
  return keyLine === undefined ? undefined : keyDigest(keyLine);
}

/** Without the comment. */
export function bareKey(keyLine: string | undefined): string | undefined {
  return keyLine?.split(' ').slice(0, 2).join(' ');
}
