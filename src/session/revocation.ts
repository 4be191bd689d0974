import { remove } from '../openstack/identity/application-credentials.ts';
import { revoke } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import { keystoneNow } from './clock.ts';
import type { SessionDependencies } from './dependencies.ts';
import type { Secret, TimedToken } from './secret.ts';
import type { SavedSession } from './state.ts';

type Reach = Pick<SessionDependencies, 'world' | 'trace'>;

/** Deletes a session's credential with the login's own token, while that lives. False when it cannot. */
export async function deleteByBirthToken(
  { world, trace }: Reach,
  identity: Service,
  session: SavedSession,
  secret: Secret | undefined,
): Promise<boolean> {
  const { user, credential } = session;
  const token = secret?.birthToken;
  if (token === undefined || credential === null) return false;
  if (token.expiresAt <= keystoneNow(session, world)) return false;
  try {
    await remove(identity, token.id, user.id, credential.id);
    return true;
  } catch {
    trace('The application credential could not be deleted.');
    return false;
  }
}

/** Revokes what is left of a session's tokens; deleting a credential has ended those it gave. */
export async function revokeTokens(
  { world, trace }: Reach,
  identity: Service,
  session: SavedSession,
  { secret, credentialDeleted }: { secret: Secret | undefined; credentialDeleted: boolean },
): Promise<boolean> {
  const tokens = [credentialDeleted ? undefined : secret?.token, secret?.birthToken];
  const now = keystoneNow(session, world);
  const alive = tokens.filter(
    (token): token is TimedToken => token !== undefined && token.expiresAt > now,
  );
  const results = await Promise.allSettled(alive.map(({ id }) => revoke(identity, id, id)));
  const all = results.every(({ status }) => status === 'fulfilled');
  if (!all) trace('A token could not be revoked.');
  return all;
}
