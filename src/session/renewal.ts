import { NubesError } from '../errors.ts';
import type { Http } from '../openstack/service.ts';
import type { TimedToken } from './secret.ts';
import type { Tokens } from './session.ts';

/** A token with less than this to live (milliseconds) may end within a request, so it is renewed. */
const shortestLife = 120_000;

/** How a session comes by tokens. */
export interface TokenSource {
  readonly first: TimedToken | undefined;
  readonly now: () => Date;
  /** A new token; undefined when the session has nothing to get one with. */
  readonly fetch: (() => Promise<TimedToken>) | undefined;
  /** Called with each new token; it settles before the token is handed out. */
  readonly keep: (token: TimedToken) => Promise<void>;
}

/** Tokens renewed silently, by one request however many ask at the same time. */
export function renewingTokens({ first, now, fetch, keep }: TokenSource): Tokens {
  let token = first;
  let underway: Promise<TimedToken> | undefined;

  const renewed = async (): Promise<TimedToken> => {
    if (fetch === undefined) throw expired();
    const fresh = await fetch();
    token = fresh;
    await keep(fresh);
    return fresh;
  };
  const renewOnce = async (): Promise<string> => {
    underway ??= renewed().finally(() => {
      underway = undefined;
    });
    return (await underway).id;
  };

  return {
    current: async () => {
      if (token !== undefined && isLasting(token.expiresAt, now())) return token.id;
      return renewOnce();
    },
    renew: async (refused) => {
      if (token !== undefined && token.id !== refused && underway === undefined) return token.id;
      return renewOnce();
    },
  };
}

/** Whether there are at least two minutes left. */
export function isLasting(end: Date, now: Date): boolean {
  return end.getTime() - now.getTime() >= shortestLife;
}

/** A new token by application credential. Throws SESSION_EXPIRED when Keystone does not take it any more. */
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
    throw new NubesError('SESSION_EXPIRED', 'The login was revoked or has expired.', {
      hint: 'nubes-nb login',
      requestId: error.requestId,
    });
  }
}

export function expired(): NubesError {
  return new NubesError('SESSION_EXPIRED', 'The session has expired.', { hint: 'nubes-nb login' });
}
