import { randomBytes } from 'node:crypto';
import { remove } from '../openstack/identity/application-credentials.ts';
import { revoke } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import { clockAhead } from './clock.ts';
import { type LoginCredential, sweepCredentials } from './credential.ts';
import { contextName, type SessionDependencies } from './dependencies.ts';
import { deleteByLoginToken, revokeTokens } from './revocation.ts';
import { accountOf, encodeSecret, readSecret, type Secret } from './secret.ts';
import { discoverServices, keystone, type ProjectToken } from './services.ts';
import type { SecretStore } from './session.ts';
import { changeSessions, contextsOf, readSession, type SavedSession } from './state.ts';
import { openStore } from './store.ts';

/** A login that Keystone has granted, ready to be kept. */
export interface Granted {
  readonly authUrl: string;
  readonly region: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
  readonly token: ProjectToken;
  readonly livelihood: LoginCredential;
  /** The credential was made by this login, so that it goes if the login fails after all. */
  readonly own: boolean;
}

/**
 * Keeps a granted login as the context's session. What it replaces is ended; a root secret that the
 * account has already stays, so that the tokens of its notebooks stay valid.
 */
export async function saveLogin(
  dependencies: SessionDependencies,
  identity: Service,
  store: SecretStore,
  granted: Granted,
): Promise<SavedSession> {
  const { settings, places, http } = dependencies;
  const { token, livelihood } = granted;
  const context = contextName(settings);
  try {
    const around = await discoverServices(http, granted.authUrl, token, granted);
    const saved = describe(granted, dependencies, around);
    const replaced = await readSession(places.state, context);
    const known = await readSecret(store, saved.account);
    const root = known?.root ?? (await rootElsewhere(dependencies, replaced, saved));
    await store.set(saved.account, encodeSecret(secretOf(granted, root ?? randomBytes(32))));
    try {
      await changeSessions(places.state, { [context]: saved });
    } catch (error) {
      await (known ? store.set(saved.account, encodeSecret(known)) : store.delete(saved.account));
      throw error;
    }
    const retired = await retire(dependencies, replaced, saved);
    const gone = known?.credential?.id ?? retired;
    const keep = dependencies.spare || gone === saved.credential?.id;
    await tidy(dependencies, identity, token, keep ? undefined : gone);
    return saved;
  } catch (error) {
    if (granted.own) await rollBack(identity, token, livelihood);
    throw error;
  }
}

function describe(
  { authUrl, region, token, livelihood }: Granted,
  { world, settings }: SessionDependencies,
  around: Pick<SavedSession, 'endpoints' | 'computeVersions'>,
): SavedSession {
  const { credential } = livelihood;
  const expiresAt = credential === undefined ? livelihood.token.expiresAt : credential.expiresAt;
  return {
    account: accountOf(authUrl, token.user.id, token.project.id),
    authUrl,
    region: region ?? null,
    user: { id: token.user.id, name: token.user.name, domain: token.user.domain.name },
    project: { id: token.project.id, name: token.project.name },
    roles: [...token.roles],
    method: credential === undefined ? 'token' : 'application_credential',
    credential: credential ? { id: credential.id, name: credential.name ?? null } : null,
    store: settings.session.store,
    expiresAt: expiresAt?.toISOString() ?? null,
    clockAhead: clockAhead(token, world),
    endpoints: around.endpoints,
    computeVersions: around.computeVersions,
  };
}

function secretOf({ token, livelihood, own }: Granted, root: Buffer): Secret {
  const { credential } = livelihood;
  return {
    credential: credential && { id: credential.id, secret: credential.secret },
    token: livelihood.token,
    // A restricted credential cannot delete itself: only the login's own token can.
    loginToken: own && credential ? { id: token.id, expiresAt: token.expiresAt } : undefined,
    root,
  };
}

/** The account's root secret in the store that is no longer the one to use. */
async function rootElsewhere(
  dependencies: SessionDependencies,
  old: SavedSession | undefined,
  { account, store }: SavedSession,
): Promise<Buffer | undefined> {
  if (old === undefined || old.account !== account || old.store === store) return undefined;
  try {
    return (await readSecret(await openStore(dependencies, old.store), account))?.root;
  } catch {
    dependencies.trace('The store of the login before could not be read.');
    return undefined;
  }
}

/**
 * A replaced login of another user, project or store is ended, and keeps its root secret only. Answers
 * the id of a credential that could not be deleted.
 */
async function retire(
  dependencies: SessionDependencies,
  old: SavedSession | undefined,
  { account, store: kind }: SavedSession,
): Promise<string | undefined> {
  if (old === undefined || (old.account === account && old.store === kind)) return undefined;
  try {
    const others = await contextsOf(dependencies.places.state, old.account);
    if (others.length > 0 && old.account !== account) return undefined;
    const store = await openStore(dependencies, old.store);
    const secret = await readSecret(store, old.account);
    if (secret === undefined) return undefined;
    const ended = !dependencies.spare && (await endLogin(dependencies, old, secret));
    const bare = { credential: undefined, token: undefined, loginToken: undefined };
    await store.set(old.account, encodeSecret({ ...secret, ...bare }));
    return ended ? undefined : secret.credential?.id;
  } catch {
    dependencies.trace('The login that was replaced could not be ended.');
    return undefined;
  }
}

async function endLogin(
  dependencies: SessionDependencies,
  login: SavedSession,
  secret: Secret,
): Promise<boolean> {
  const identity = keystone(dependencies.http, login.authUrl);
  const { ended } = await deleteByLoginToken(dependencies, identity, login, secret);
  await revokeTokens(dependencies, identity, login, { secret, credentialDeleted: ended });
  return ended;
}

// The login is good without it; the next one tries again.
async function tidy(
  { world, trace }: SessionDependencies,
  identity: Service,
  token: ProjectToken,
  replaced: string | undefined,
): Promise<void> {
  await sweepCredentials(identity, token, { hostname: world.hostname, replaced }).catch(() => {
    trace('Old application credentials could not be removed.');
  });
}

async function rollBack(
  identity: Service,
  token: ProjectToken,
  { credential }: LoginCredential,
): Promise<void> {
  if (credential) await remove(identity, token.id, token.user.id, credential.id).catch(() => {});
  await revoke(identity, token.id, token.id).catch(() => {});
}
