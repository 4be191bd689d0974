import { NubesError } from '../errors.ts';
import { isStatus } from '../openstack/errors.ts';
import { remove } from '../openstack/identity/application-credentials.ts';
import { passwordToken, revoke } from '../openstack/identity/tokens.ts';
import { type Service, withDeadline } from '../openstack/service.ts';
import { contextName, type SessionDependencies } from './dependencies.ts';
import { deleteByLoginToken, type Ending, revokeTokens } from './revocation.ts';
import { readSecret, type Secret } from './secret.ts';
import { keystone } from './services.ts';
import { changeSessions, contextsOf, readSession, type SavedSession } from './state.ts';
import { openStore } from './store.ts';

/** What a logout did, and what it could not end. */
export interface SignedOut {
  readonly session: SavedSession;
  /** `none` when the session had no credential of its own to delete. */
  readonly credential: 'deleted' | 'lives' | 'none';
  readonly tokens: 'revoked' | 'live';
  /** When what lives on ends by itself; undefined: nothing lives on, or without end. */
  readonly livesUntil: Date | undefined;
  /** Why Keystone could not be asked: then all lives on. */
  readonly failure: NubesError | undefined;
}

/** Nobody waits longer than this (milliseconds) for a Keystone that does not answer. */
const patience = 5_000;

/**
 * Ends the context's session: deletes and revokes what can be, then forgets the secret. Without the
 * network it still forgets. Undefined when nobody is logged in.
 *
 * With `askPassword` the credential is deleted for sure, or nothing is forgotten: throws
 * LOGIN_REFUSED for a wrong password, UNREACHABLE before it is asked for, and what Keystone says.
 */
export async function signOut(
  dependencies: SessionDependencies,
  { askPassword }: { askPassword?: (username: string) => Promise<string> } = {},
): Promise<SignedOut | undefined> {
  const { settings, places, http, world } = dependencies;
  const session = await readSession(places.state, contextName(settings));
  if (session === undefined) return undefined;
  const store = await openStore(dependencies, session.store);
  const secret = await readSecret(store, session.account);

  const identity = keystone(http, session.authUrl);
  const own = session.credential !== null && session.credential.name !== null;
  const hasty = withDeadline(identity, world.now().getTime() + patience);
  const birth = own ? await deleteByLoginToken(dependencies, hasty, session, secret) : nothing;
  let deleted = birth.ended;
  if (own && !deleted && askPassword !== undefined) {
    if (birth.failure !== undefined) throw birth.failure;
    await deleteByPassword(identity, session, await askPassword(session.user.name));
    deleted = true;
  }
  const tokens = birth.failure
    ? birth
    : await revokeTokens(dependencies, hasty, session, { secret, credentialDeleted: deleted });

  await store.delete(session.account);
  const contexts = await contextsOf(places.state, session.account);
  await changeSessions(
    places.state,
    Object.fromEntries(contexts.map((context) => [context, undefined])),
  );
  return {
    session,
    credential: credentialFate(own, deleted),
    tokens: tokens.ended ? 'revoked' : 'live',
    livesUntil: lastEnd(session, secret, own && !deleted, tokens.ended),
    failure: tokens.failure,
  };
}

const nothing: Ending = { ended: false, failure: undefined };

function credentialFate(own: boolean, deleted: boolean): SignedOut['credential'] {
  if (!own) return 'none';
  return deleted ? 'deleted' : 'lives';
}

async function deleteByPassword(
  identity: Service,
  { user, project, credential }: SavedSession,
  password: string,
): Promise<void> {
  if (credential === null) return;
  const login = { username: user.name, password, userDomain: user.domain };
  try {
    const token = await passwordToken(identity, { ...login, project: { id: project.id } });
    await remove(identity, token.id, user.id, credential.id);
    await revoke(identity, token.id, token.id);
  } catch (error) {
    if (!isStatus(error, 401)) throw error;
    throw new NubesError('LOGIN_REFUSED', 'The password is wrong, so you are still logged in.', {
      hint: 'nubes-nb logout ends the session here, and tells what lives on',
      requestId: error.requestId,
    });
  }
}

function lastEnd(
  { expiresAt }: SavedSession,
  secret: Secret | undefined,
  credentialLives: boolean,
  tokensRevoked: boolean,
): Date | undefined {
  if (credentialLives) return expiresAt === null ? undefined : new Date(expiresAt);
  if (tokensRevoked) return undefined;
  const ends = [secret?.token, secret?.loginToken].flatMap((token) =>
    token === undefined ? [] : [token.expiresAt.getTime()],
  );
  return ends.length === 0 ? undefined : new Date(Math.max(...ends));
}
