import { NubesError } from '../errors.ts';
import { ApiError } from '../openstack/errors.ts';
import { remove } from '../openstack/identity/application-credentials.ts';
import { revoke } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import { keystoneNow } from './clock.ts';
import type { SessionDependencies } from './dependencies.ts';
import type { Secret, TimedToken } from './secret.ts';
import type { SavedSession } from './state.ts';

type RevocationDependencies = Pick<SessionDependencies, 'world' | 'trace'>;

/** Whether a credential or tokens were revoked; `failure` is set if Keystone could not be reached. */
export interface RevocationResult {
  readonly ended: boolean;
  readonly failure: NubesError | undefined;
}

/** Deletes the credential of a session with the login token, if that is still valid. */
export async function deleteByLoginToken(
  { world, trace }: RevocationDependencies,
  identity: Service,
  session: SavedSession,
  secret: Secret | undefined,
): Promise<RevocationResult> {
  const { user, credential } = session;
  const token = secret?.loginToken;
  const hasOne = token !== undefined && token.expiresAt > keystoneNow(session, world);
  if (!hasOne || credential === null) return { ended: false, failure: undefined };
  try {
    await remove(identity, token.id, user.id, credential.id);
    return { ended: true, failure: undefined };
  } catch (error) {
    trace('Could not delete the application credential.');
    return { ended: false, failure: failureIn(error) };
  }
}

/** Revokes the remaining tokens of a session; deleting a credential also ends the tokens issued with it. */
export async function revokeTokens(
  { world, trace }: RevocationDependencies,
  identity: Service,
  session: SavedSession,
  { secret, credentialDeleted }: { secret: Secret | undefined; credentialDeleted: boolean },
): Promise<RevocationResult> {
  // Keystone refuses this even if there is a rule for it.
  if (session.accessRules) return { ended: false, failure: undefined };
  const tokens = [credentialDeleted ? undefined : secret?.token, secret?.loginToken];
  const now = keystoneNow(session, world);
  const valid = tokens.filter(
    (token): token is TimedToken => token !== undefined && token.expiresAt > now,
  );
  const results = await Promise.allSettled(valid.map(({ id }) => revoke(identity, id, id)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length > 0) trace('Could not revoke a token.');
  const failures = errors.map(failureIn).filter((failure) => failure !== undefined);
  return { ended: errors.length === 0, failure: failures[0] };
}

/** The failure if the request was not sent, got no answer or a 5xx, or another program answered; a 4xx is a final answer. */
function failureIn(error: unknown): NubesError | undefined {
  if (!(error instanceof ApiError)) return error instanceof NubesError ? error : undefined;
  return error.status >= 500 || error.isForeign ? error : undefined;
}
