import { checkOwnFolder } from '../bounded-file.ts';
import { NubesError } from '../errors.ts';
import { rfc3339 } from '../rfc3339.ts';
import { canonicalUrl } from './auth-url.ts';
import { keystoneNow } from './clock.ts';
import { contextName, type SessionDependencies } from './dependencies.ts';
import { type CredentialPair, credentialInEnvironment, rootSecretOf } from './env.ts';
import { hasMinLifetime, renewingTokens, sessionExpired, tokenByCredential } from './renewal.ts';
import { encodeSecret, readSecret, type Secret } from './secret.ts';
import type { Session } from './session.ts';
import { readSession, type SavedSession } from './state.ts';
import { openStore } from './store.ts';

/** The stored login of the context, without its secret; undefined if there is none. Throws CONFIGURATION. */
export async function storedLogin({
  world,
  settings,
  places,
}: Pick<SessionDependencies, 'world' | 'settings' | 'places'>): Promise<SavedSession | undefined> {
  checkOwnFolder(places.state, world.userId);
  return readSession(places.state, contextName(settings));
}

/**
 * The session for a command: the application credential in the environment, or the stored login of the
 * context. A stored login needs no request until a token is needed and the stored one has expired.
 *
 * Throws NOT_LOGGED_IN, SESSION_EXPIRED, KEYCHAIN_UNAVAILABLE and CONFIGURATION.
 */
export async function openSession(
  dependencies: SessionDependencies,
  stored: () => Promise<SavedSession | undefined> = () => storedLogin(dependencies),
): Promise<Session> {
  const credential = credentialInEnvironment(dependencies.world);
  if (credential !== undefined) return sessionByEnvironment(dependencies, credential);
  const saved = requireValid(dependencies, await stored());
  const store = await openStore(dependencies, saved.store);
  const secret = await readSecret(store, saved.account);
  if (secret === undefined || (!secret.credential && !secret.token)) {
    throw notLoggedIn(`The secret of the session is no longer in the ${saved.store}.`);
  }
  return asSession(dependencies, saved, secret);
}

/** Starts what the stored login will need, while the command loads other things. Asks nothing yet. */
export async function prepareSession(
  { world, settings }: Pick<SessionDependencies, 'world' | 'settings'>,
  stored: () => Promise<SavedSession | undefined>,
): Promise<void> {
  // Reading the login takes time, and a file needs no preparation.
  if (settings.session.store !== 'keychain') return;
  if (credentialInEnvironment(world) !== undefined) return;
  if ((await stored())?.store !== 'keychain') return;
  const { keychainOf } = await import('./keychain/process.ts');
  keychainOf(world).prepare();
}

/** The CA file of the stored login, if the settings name neither one nor another cloud. */
export async function savedCaFile(
  { world, settings }: Pick<SessionDependencies, 'world' | 'settings'>,
  stored: () => Promise<SavedSession | undefined>,
): Promise<string | undefined> {
  const { caFile, authUrl } = settings.openstack;
  if (caFile !== undefined || credentialInEnvironment(world) !== undefined) return undefined;
  const saved = await stored().catch(() => undefined);
  if (saved === undefined || saved.caFile === null) return undefined;
  const isSame = authUrl === undefined || canonicalUrl(authUrl) === canonicalUrl(saved.authUrl);
  return isSame ? saved.caFile : undefined;
}

/** The login, its store and its expiry, in a few words. */
export function whereabouts({ user, project, store, expiresAt }: Session): string {
  const end = expiresAt === undefined ? 'without end' : `until ${rfc3339(expiresAt)}`;
  return `${user.name} in ${project.name}, ${store}, ${end}`;
}

/** The stored login of the context, without its secret. Throws like `openSession`. */
export async function savedSession(dependencies: SessionDependencies): Promise<SavedSession> {
  return requireValid(dependencies, await storedLogin(dependencies));
}

function requireValid(
  { world, settings: { context, openstack } }: SessionDependencies,
  saved: SavedSession | undefined,
): SavedSession {
  if (saved === undefined) {
    throw notLoggedIn(
      `You are not logged in${context === undefined ? '' : ` (context ${context})`}.`,
    );
  }
  if (saved.hasEnded) {
    throw new NubesError('NOT_LOGGED_IN', 'You have logged out; only the secret is still stored.', {
      hint: 'nubes-nb login, or nubes-nb logout, which deletes the secret',
    });
  }
  const { authUrl } = openstack;
  if (authUrl !== undefined && canonicalUrl(authUrl) !== canonicalUrl(saved.authUrl)) {
    throw notLoggedIn(`You are logged in to ${saved.authUrl}, but the settings name ${authUrl}.`);
  }
  if (
    saved.expiresAt !== null &&
    !hasMinLifetime(new Date(saved.expiresAt), keystoneNow(saved, world))
  ) {
    throw sessionExpired();
  }
  return saved;
}

function asSession(
  dependencies: SessionDependencies,
  saved: SavedSession,
  secret: Secret,
): Session {
  const { world, http } = dependencies;
  const { credential } = secret;
  const now = () => keystoneNow(saved, world);
  const tokens = renewingTokens({
    first: secret.token,
    now,
    fetch: credential && (() => tokenByCredential(http, saved.authUrl, credential)),
    save: (token) => saveToken(dependencies, saved, { ...secret, token }),
    accessRules: saved.accessRules,
  });
  return {
    ...saved,
    region: saved.region ?? undefined,
    credential: saved.credential
      ? { id: saved.credential.id, name: saved.credential.name ?? undefined }
      : undefined,
    expiresAt: saved.expiresAt === null ? undefined : new Date(saved.expiresAt),
    now,
    tokens,
    rootSecret: async () => secret.root,
  };
}

/** A failure is ignored: the next command requests a token again. */
async function saveToken(
  dependencies: SessionDependencies,
  { store: kind, account }: SavedSession,
  secret: Secret,
): Promise<void> {
  try {
    const store = await openStore(dependencies, kind);
    const stored = await readSecret(store, account);
    // Another process may have logged out or in since.
    if (stored?.credential?.id !== secret.credential?.id) return;
    await store.set(account, encodeSecret(secret));
  } catch {
    dependencies.trace('Could not store the renewed token.');
  }
}

async function sessionByEnvironment(
  { world, settings, http }: SessionDependencies,
  credential: CredentialPair,
): Promise<Session> {
  const { authUrl, region } = settings.openstack;
  if (authUrl === undefined) {
    throw new NubesError('CONFIGURATION', 'openstack.auth_url is not set.', {
      hint: 'set NUBES_NB_OPENSTACK_AUTH_URL, or run: nubes-nb config set openstack.auth_url URL',
    });
  }
  const { requireProjectToken, isRefusal, keystone, discoverServices } = await import(
    './services.ts'
  );
  const { credentialToken } = await import('../openstack/identity/tokens.ts');
  const token = await credentialToken(keystone(http, authUrl), credential).catch((error) => {
    if (!isRefusal(error)) throw error;
    throw new NubesError(
      'SESSION_EXPIRED',
      'Keystone does not accept the application credential in the environment.',
      { hint: 'check NUBES_NB_APPLICATION_CREDENTIAL_ID and _SECRET', requestId: error.requestId },
    );
  });
  const scoped = requireProjectToken(token);
  return {
    authUrl,
    region,
    user: { id: token.user.id, name: token.user.name, domain: token.user.domain.name },
    project: scoped.project,
    roles: token.roles,
    groups: [],
    method: 'application_credential',
    credential: { id: credential.id, name: undefined },
    accessRules: token.hasAccessRules,
    store: 'env',
    expiresAt: undefined,
    ...(await discoverServices(http, authUrl, scoped, settings.openstack)),
    now: world.now,
    tokens: renewingTokens({
      first: token,
      now: world.now,
      fetch: () => tokenByCredential(http, authUrl, credential),
      save: async () => {},
      accessRules: token.hasAccessRules,
    }),
    rootSecret: async () => rootSecretOf(credential),
  };
}

function notLoggedIn(message: string): NubesError {
  return new NubesError('NOT_LOGGED_IN', message, { hint: 'nubes-nb login' });
}
