import type { Client } from 'ldapts';
import { type Attributes, readAttributes } from './attributes.ts';
import { invalidSetting, noSuchGroup } from './errors.ts';
import { clean } from './text.ts';

/** With these Active Directory names the one group that neither lists the user nor is in memberOf. */
export const primaryGroupAttributes = ['primaryGroupID', 'objectSid'];

/** The SID of the user's primary group, which is in the user's own domain; undefined outside Active Directory. */
export function primaryGroupSid(user: Attributes): string | undefined {
  const [id] = user.texts('primaryGroupID');
  return id === undefined ? undefined : sidOf(user).replace(/-\d+$/, `-${id}`);
}

export async function isPrimaryGroup(
  client: Client,
  url: string,
  group: string,
  sid: string,
): Promise<boolean> {
  const attributes = await readAttributes(client, url, group, ['objectSid']);
  if (attributes === undefined) throw noSuchGroup(group);
  return sidOf(attributes) === sid;
}

function sidOf({ dn, bytes }: Attributes): string {
  const [value] = bytes('objectSid');
  const sid = value && sidText(value);
  if (sid !== undefined) return sid;
  throw invalidSetting(
    `LDAP does not show the objectSid of ${clean(dn)}, which decides whether it is a primary group.`,
    'let users read objectSid',
  );
}

/** As Windows writes it, e.g. S-1-5-21-1-2-3-513; undefined for another value. */
function sidText(sid: Buffer): string | undefined {
  const text = sid.toString('latin1');
  if (/^S-1(-\d+)+$/.test(text)) return text;
  const count = sid[1] ?? 0;
  if (sid[0] !== 1 || count === 0 || sid.length !== 8 + 4 * count) return undefined;
  const parts = Array.from({ length: count }, (_, index) => sid.readUInt32LE(8 + 4 * index));
  return ['S', 1, sid.readUIntBE(2, 6), ...parts].join('-');
}
