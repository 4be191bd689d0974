import { afterColon, NubesError } from '../errors.ts';
import { isStatus } from '../openstack/errors.ts';
import { remove } from '../openstack/identity/application-credentials.ts';
import { passwordToken, revoke } from '../openstack/identity/tokens.ts';
import { type Service, withDeadline } from '../openstack/service.ts';
import { contextName, type SessionDependencies } from './dependencies.ts';
import { deleteByLoginToken, type RevocationResult, revokeTokens } from './revocation.ts';
import { readSecret, type Secret } from './secret.ts';
import { keystone } from './services.ts';
import {
  changeSessions,
  type Logins,
  loginsOf,
  readSession,
  recordEnd,
  type SavedSession,
} from './state.ts';
import { openStore } from './store.ts';

/** The result of a logout. */
export interface SignedOut {
  readonly session: SavedSession;
  /** The contexts that had this login. */
  readonly contexts: readonly string[];
  /** `none` if the session had no credential that this program created. */
  readonly credential: 'deleted' | 'lives' | 'none';
  readonly tokens: 'revoked' | 'live';
  /** When the remaining credential or tokens expire; undefined if none remain, or they do not expire. */
  readonly livesUntil: Date | undefined;
  /** Why Keystone could not be reached: then credential and tokens remain valid. */
  readonly failure: NubesError | undefined;
}

const keystoneTimeoutMs = 5_000;

/**
 * Ends the session of a context, by default the one in use: deletes the credential and revokes the tokens if possible, then deletes
 * the stored secret, also without a network. Undefined if the user is not logged in.
 *
 * With `askPassword` the secret is deleted only after the credential: throws LOGIN_REFUSED for a wrong
 * password, UNREACHABLE before asking for it, and errors of Keystone.
 */
export async function signOut(
  dependencies: SessionDependencies,
  {
    askPassword,
    context = contextName(dependencies.settings),
  }: { askPassword?: (username: string) => Promise<string>; context?: string } = {},
): Promise<SignedOut | undefined> {
  const { places } = dependencies;
  const found = await readSession(places.state, context);
  if (found === undefined) return undefined;
  const store = await openStore(dependencies, found.store);
  const secret = await readSecret(store, found.account);
  const logins = await loginsOf(places.state, found.account);
  const session = loginOf(secret, logins) ?? found;
  const createdByLogin = session.credential !== null && session.credential.name !== null;
  const { deleted, tokens } = session.hasEnded
    ? { deleted: createdByLogin, tokens: allEnded }
    : await endLogin(dependencies, session, { secret, createdByLogin, askPassword });
  const contexts = Object.keys(logins);
  const hasEnded = tokens.ended && (session.credential === null || deleted);
  try {
    await store.delete(session.account);
  } catch (error) {
    if (!hasEnded || !(error instanceof NubesError)) throw error;
    // So that no command takes the stored secret for a login.
    await recordEnd(places.state, logins, dependencies.world.interrupted).catch(() => {
      dependencies.trace('Could not record that the login has ended.');
    });
    throw stillStored(error);
  }
  await changeSessions(
    places.state,
    Object.fromEntries(contexts.map((context) => [context, undefined])),
    dependencies.world.interrupted,
  );
  return {
    session,
    contexts,
    credential: credentialResult(createdByLogin, deleted),
    tokens: tokens.ended ? 'revoked' : 'live',
    livesUntil: lastEnd(session, secret, createdByLogin && !deleted, tokens.ended),
    failure: tokens.failure,
  };
}

interface Ending {
  readonly secret: Secret | undefined;
  readonly createdByLogin: boolean;
  readonly askPassword: ((username: string) => Promise<string>) | undefined;
}

/** Deletes the credential and revokes the tokens, as far as that is possible. */
async function endLogin(
  dependencies: SessionDependencies,
  session: SavedSession,
  { secret, createdByLogin, askPassword }: Ending,
): Promise<{ readonly deleted: boolean; readonly tokens: RevocationResult }> {
  const { http, world } = dependencies;
  const identity = keystone(http, session.authUrl);
  const identityInTime = withDeadline(identity, world.now().getTime() + keystoneTimeoutMs);
  const byLoginToken = createdByLogin
    ? await deleteByLoginToken(dependencies, identityInTime, session, secret)
    : nothingEnded;
  let deleted = byLoginToken.ended;
  if (createdByLogin && !deleted && askPassword !== undefined) {
    if (byLoginToken.failure !== undefined) throw byLoginToken.failure;
    await deleteByPassword(identity, session, await askPassword(session.user.name));
    deleted = true;
  }
  const tokens = byLoginToken.failure
    ? byLoginToken
    : await revokeTokens(dependencies, identityInTime, session, {
        secret,
        credentialDeleted: deleted,
      });
  return { deleted, tokens };
}

/** The login that made the secret: the newest of the contexts that share it. */
function loginOf(secret: Secret | undefined, logins: Logins): SavedSession | undefined {
  if (secret === undefined) return undefined;
  return Object.values(logins).find(({ credential }) => credential?.id === secret.credential?.id);
}

function stillStored(error: NubesError): NubesError {
  const { code, message, hint } = error;
  const reason = afterColon(message);
  return new NubesError(code, `The login has ended, but its secret is still stored: ${reason}`, {
    hint: code === 'KEYCHAIN_UNAVAILABLE' ? 'nubes-nb logout' : hint,
    cause: error,
  });
}

const nothingEnded: RevocationResult = { ended: false, failure: undefined };
const allEnded: RevocationResult = { ended: true, failure: undefined };

function credentialResult(createdByLogin: boolean, deleted: boolean): SignedOut['credential'] {
  if (!createdByLogin) return 'none';
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
      hint: 'without --revoke, nubes-nb logout ends the session here and prints what remains valid',
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
