import { randomBytes } from 'node:crypto';
import { remove } from '../openstack/identity/application-credentials.ts';
import { revoke } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import { canonicalUrl } from './auth-url.ts';
import { clockAhead } from './clock.ts';
import { type LoginCredential, sweepCredentials } from './credential.ts';
import { contextName, type SessionDependencies } from './dependencies.ts';
import { deleteByLoginToken, revokeTokens } from './revocation.ts';
import { accountOf, encodeSecret, readSecret, type Secret } from './secret.ts';
import { discoverServices, keystone, type ProjectToken } from './services.ts';
import type { SecretStore } from './session.ts';
import { changeSessions, loginsOf, readSession, type SavedSession } from './state.ts';
import { openStore } from './store.ts';

/** A login that Keystone has granted, but that is not stored yet. */
export interface Granted {
  readonly authUrl: string;
  readonly region: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
  readonly token: ProjectToken;
  readonly loginCredential: LoginCredential;
  /** The groups of `limits.by_group` that LDAP says the user is in. */
  readonly groups: readonly string[];
  /** This login created the credential, so it deletes it again if it fails later. */
  readonly createdByLogin: boolean;
}

/**
 * Stores a granted login as the session of the context and revokes the login that it replaces. An existing
 * root secret of the account is kept, so that the tokens of its notebooks stay valid.
 */
export async function saveLogin(
  dependencies: SessionDependencies,
  identity: Service,
  store: SecretStore,
  granted: Granted,
): Promise<SavedSession> {
  const { settings, places, http } = dependencies;
  const { token, loginCredential } = granted;
  const context = contextName(settings);
  try {
    const services = await discoverServices(http, granted.authUrl, token, granted);
    const saved = toSavedSession(granted, dependencies, services);
    const replaced = await readSession(places.state, context);
    const shared = Object.entries(await loginsOf(places.state, saved.account));
    const isKnown = shared.length > 0;
    const stored = await readSecret(store, saved.account, { isKnown });
    const root = stored?.root ?? (await earlierRoot(dependencies, store, replaced, saved));
    await store.set(saved.account, encodeSecret(secretOf(granted, root ?? randomBytes(32))));
    try {
      // Their secret is replaced, so nothing is left of the logins that have ended.
      const ended = shared
        .filter(([, { hasEnded }]) => hasEnded)
        .map(([name]) => [name, undefined]);
      const changes = { ...Object.fromEntries(ended), [context]: saved };
      await changeSessions(places.state, changes, dependencies.world.interrupted);
    } catch (error) {
      await (stored ? store.set(saved.account, encodeSecret(stored)) : store.delete(saved.account));
      throw error;
    }
    const notDeleted = await endReplaced(dependencies, replaced, saved);
    const replacedCredential = stored?.credential?.id ?? notDeleted;
    const keep = dependencies.keepReplacedLogin || replacedCredential === saved.credential?.id;
    await sweep(dependencies, identity, token, keep ? undefined : replacedCredential);
    return saved;
  } catch (error) {
    if (granted.createdByLogin) await rollBack(identity, token, loginCredential);
    throw error;
  }
}

function toSavedSession(
  { authUrl, region, token, loginCredential, groups }: Granted,
  { world, settings, caFile }: SessionDependencies,
  services: Pick<SavedSession, 'endpoints' | 'computeVersions'>,
): SavedSession {
  const { credential } = loginCredential;
  const expiresAt =
    credential === undefined ? loginCredential.token.expiresAt : credential.expiresAt;
  return {
    account: accountOf(canonicalUrl(authUrl), token.user.id, token.project.id),
    authUrl,
    region: region ?? null,
    user: { id: token.user.id, name: token.user.name, domain: token.user.domain.name },
    project: { id: token.project.id, name: token.project.name },
    roles: [...token.roles],
    groups: [...groups],
    method: credential === undefined ? 'token' : 'application_credential',
    credential: credential ? { id: credential.id, name: credential.name ?? null } : null,
    accessRules: token.hasAccessRules,
    store: settings.session.store,
    expiresAt: expiresAt?.toISOString() ?? null,
    clockAhead: clockAhead(token, world),
    hasEnded: false,
    caFile: caFile ?? null,
    endpoints: services.endpoints,
    computeVersions: services.computeVersions,
  };
}

function secretOf({ token, loginCredential, createdByLogin }: Granted, root: Buffer): Secret {
  const { credential } = loginCredential;
  return {
    credential: credential && { id: credential.id, secret: credential.secret },
    token: loginCredential.token,
    // A restricted credential cannot delete itself; only the login token can.
    loginToken:
      createdByLogin && credential ? { id: token.id, expiresAt: token.expiresAt } : undefined,
    root,
  };
}

/**
 * The root secret of an entry that the previous login left in another store, or under the spelling of the auth
 * URL, which was a part of the account's name until 0.1.
 */
async function earlierRoot(
  dependencies: SessionDependencies,
  store: SecretStore,
  old: SavedSession | undefined,
  saved: SavedSession,
): Promise<Buffer | undefined> {
  const spelled = accountOf(saved.authUrl, saved.user.id, saved.project.id);
  const found =
    spelled === saved.account ? undefined : await readSecret(store, spelled, { isKnown: false });
  if (found !== undefined) return found.root;
  if (old === undefined || !isSameLogin(old, saved)) return undefined;
  if (old.account === saved.account && old.store === saved.store) return undefined;
  try {
    return (await readSecret(await openStore(dependencies, old.store), old.account))?.root;
  } catch {
    dependencies.trace('Could not read the store of the previous login.');
    return undefined;
  }
}

/** Of one user and project, in one cloud. */
function isSameLogin(one: SavedSession, other: SavedSession): boolean {
  return (
    one.user.id === other.user.id &&
    one.project.id === other.project.id &&
    canonicalUrl(one.authUrl) === canonicalUrl(other.authUrl)
  );
}

/**
 * Revokes a replaced login of another user, project or store, and keeps only its root secret. Returns the
 * id of its credential if that could not be deleted.
 */
async function endReplaced(
  dependencies: SessionDependencies,
  old: SavedSession | undefined,
  saved: SavedSession,
): Promise<string | undefined> {
  const { account, store: kind } = saved;
  if (old === undefined || (old.account === account && old.store === kind)) return undefined;
  try {
    const others = await loginsOf(dependencies.places.state, old.account);
    if (Object.keys(others).length > 0 && old.account !== account) return undefined;
    const store = await openStore(dependencies, old.store);
    const secret = await readSecret(store, old.account);
    if (secret === undefined) return undefined;
    const ended = !dependencies.keepReplacedLogin && (await endLogin(dependencies, old, secret));
    const withoutTokens = { credential: undefined, token: undefined, loginToken: undefined };
    if (old.account !== account && isSameLogin(old, saved)) await store.delete(old.account);
    else await store.set(old.account, encodeSecret({ ...secret, ...withoutTokens }));
    return ended ? undefined : secret.credential?.id;
  } catch {
    dependencies.trace('Could not revoke the replaced login.');
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

/** A failure is ignored: the next login tries again. */
async function sweep(
  { world, trace }: SessionDependencies,
  identity: Service,
  token: ProjectToken,
  replaced: string | undefined,
): Promise<void> {
  await sweepCredentials(identity, token, { hostname: world.hostname, replaced }).catch(() => {
    trace('Could not delete old application credentials.');
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
