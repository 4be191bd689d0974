import type { Server } from '../../openstack/compute/servers.ts';
import { metadataKeys, relationTo } from '../identity.ts';

/**
 * Whether a VM is the notebook that it says it is. `ok`: the user whom Nova has for it exists under the name that
 * tags and metadata have. `unverified`: they agree, but Keystone did not say the user's name. `tampered`: they
 * disagree. `no owner`: the user does not exist any more.
 */
export type Verdict = 'ok' | 'unverified' | 'tampered' | 'no owner';

/** The name of the user in Keystone; null: there is no such user; undefined: Keystone did not say. */
export type UserName = string | null | undefined;

/** Nothing speaks against the name of the VM's notebook. */
export function isGenuine(verdict: Verdict): boolean {
  return verdict === 'ok' || verdict === 'unverified';
}

export function verdictOn(server: Server, userName: UserName): Verdict {
  if (userName === null) return 'no owner';
  const name = userName ?? server.metadata[metadataKeys.user];
  if (name === undefined) return 'tampered';
  if (relationTo({ id: server.userId, name }, server) !== 'mine') return 'tampered';
  return userName === undefined ? 'unverified' : 'ok';
}
