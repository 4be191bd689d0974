import type { NubesError } from '../errors.ts';
import { ApiError, ConnectionError } from '../openstack/errors.ts';
import { remove } from '../openstack/identity/application-credentials.ts';
import { revoke } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import { keystoneNow } from './clock.ts';
import type { SessionDependencies } from './dependencies.ts';
import type { Secret, TimedToken } from './secret.ts';
import type { SavedSession } from './state.ts';

type Reach = Pick<SessionDependencies, 'world' | 'trace'>;

/** Whether something was ended, and the failure when Keystone could not be asked to. */
export interface Ending {
  readonly ended: boolean;
  readonly failure: NubesError | undefined;
}

/** Deletes a session's credential with the login's own token, while that lives. */
export async function deleteByLoginToken(
  { world, trace }: Reach,
  identity: Service,
  session: SavedSession,
  secret: Secret | undefined,
): Promise<Ending> {
  const { user, credential } = session;
  const token = secret?.loginToken;
  const hasOne = token !== undefined && token.expiresAt > keystoneNow(session, world);
  if (!hasOne || credential === null) return { ended: false, failure: undefined };
  try {
    await remove(identity, token.id, user.id, credential.id);
    return { ended: true, failure: undefined };
  } catch (error) {
    trace('The application credential could not be deleted.');
    return { ended: false, failure: failureIn(error) };
  }
}

/** Revokes what is left of a session's tokens; deleting a credential has ended those it gave. */
export async function revokeTokens(
  { world, trace }: Reach,
  identity: Service,
  session: SavedSession,
  { secret, credentialDeleted }: { secret: Secret | undefined; credentialDeleted: boolean },
): Promise<Ending> {
  const tokens = [credentialDeleted ? undefined : secret?.token, secret?.loginToken];
  const now = keystoneNow(session, world);
  const alive = tokens.filter(
    (token): token is TimedToken => token !== undefined && token.expiresAt > now,
  );
  const results = await Promise.allSettled(alive.map(({ id }) => revoke(identity, id, id)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length > 0) trace('A token could not be revoked.');
  const failures = errors.map(failureIn).filter((failure) => failure !== undefined);
  return { ended: errors.length === 0, failure: failures[0] };
}

/** No answer, or none that decides anything; a refusal is an answer. */
function failureIn(error: unknown): NubesError | undefined {
  if (error instanceof ConnectionError) return error;
  return error instanceof ApiError && error.status >= 500 ? error : undefined;
}
