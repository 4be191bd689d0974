import { NubesError } from '../errors.ts';
import type { ApiError } from '../openstack/errors.ts';
import type { Http } from '../openstack/service.ts';
import type { TimedToken } from './secret.ts';
import type { Session, Tokens } from './session.ts';

/** A token with a shorter remaining lifetime may expire during a request, so it is renewed. */
const minLifetimeMs = 120_000;

/** Where a session gets its tokens. */
export interface TokenSource {
  readonly first: TimedToken | undefined;
  readonly now: () => Date;
  /** Requests a new token; undefined if the session has no credential. */
  readonly fetch: (() => Promise<TimedToken>) | undefined;
  /** Stores a new token; awaited before the token is used. */
  readonly save: (token: TimedToken) => Promise<void>;
  readonly accessRules: boolean;
}

/** Tokens that are renewed when needed; concurrent callers share one request. */
export function renewingTokens({ first, now, fetch, save, accessRules }: TokenSource): Tokens {
  let token = first;
  let inFlight: Promise<TimedToken> | undefined;

  const renewed = async (): Promise<TimedToken> => {
    if (fetch === undefined) throw sessionExpired();
    const fresh = await fetch();
    token = fresh;
    await save(fresh);
    return fresh;
  };
  const renewOnce = async (): Promise<string> => {
    inFlight ??= renewed().finally(() => {
      inFlight = undefined;
    });
    return (await inFlight).id;
  };

  return {
    accessRules,
    current: async () => {
      if (token !== undefined && hasMinLifetime(token.expiresAt, now())) return token.id;
      return renewOnce();
    },
    renew: async (refused) => {
      if (token !== undefined && token.id !== refused && inFlight === undefined) return token.id;
      return renewOnce();
    },
  };
}

/** Whether at least two minutes are left. */
export function hasMinLifetime(end: Date, now: Date): boolean {
  return end.getTime() - now.getTime() >= minLifetimeMs;
}

/** A new token by application credential. Throws SESSION_EXPIRED if Keystone no longer accepts it. */
export async function tokenByCredential(
  http: Http,
  authUrl: string,
  credential: { readonly id: string; readonly secret: string },
): Promise<TimedToken> {
  const { keystone, isRefusal } = await import('./services.ts');
  const { credentialToken } = await import('../openstack/identity/tokens.ts');
  try {
    const { id, expiresAt } = await credentialToken(keystone(http, authUrl), credential);
    return { id, expiresAt };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw loginEnded(error);
  }
}

/** The session's roles as Keystone has them now; those of the login if it does not say. */
export async function rolesNow(
  http: Http,
  { authUrl, tokens, roles }: Pick<Session, 'authUrl' | 'tokens' | 'roles'>,
): Promise<readonly string[]> {
  const { keystone } = await import('./services.ts');
  const { currentRoles } = await import('../openstack/identity/tokens.ts');
  try {
    return await currentRoles(keystone(http, authUrl), await tokens.current());
  } catch {
    return roles;
  }
}

/**
 * Verifies with Keystone that the session is valid: a credential must issue a new token, a token must
 * still be valid. Throws SESSION_EXPIRED.
 */
export async function checkSession(
  http: Http,
  { authUrl, method, tokens }: Pick<Session, 'authUrl' | 'method' | 'tokens'>,
): Promise<void> {
  const token = await tokens.current();
  if (method === 'application_credential') {
    await tokens.renew(token);
    return;
  }
  const { isRefusal, keystone } = await import('./services.ts');
  const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token };
  try {
    await keystone(http, authUrl).get('/auth/tokens', {}, headers);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw loginEnded(error);
  }
}

function loginEnded({ requestId }: ApiError): NubesError {
  return new NubesError('SESSION_EXPIRED', 'The login was revoked or has expired.', {
    hint: 'nubes-nb login',
    requestId,
  });
}

export function sessionExpired(): NubesError {
  return new NubesError('SESSION_EXPIRED', 'The session has expired.', { hint: 'nubes-nb login' });
}
