import { randomBytes } from 'node:crypto';
import { ApiError } from '../openstack/errors.ts';
import { create, list, remove } from '../openstack/identity/application-credentials.ts';
import { credentialToken } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import type { CredentialPair } from './env.ts';
import type { TimedToken } from './secret.ts';
import type { ProjectToken } from './services.ts';

/** What a session lives on: the credential where there is one, and the first token it gave. */
export interface LoginCredential {
  readonly credential:
    | (CredentialPair & { readonly name: string | undefined; readonly expiresAt: Date | undefined })
    | undefined;
  readonly token: TimedToken;
}

/**
 * Makes an application credential for the token's project, and a token with it. Where the site
 * allows none (400, 401, 403, 404, 409) the login's own token has to do.
 */
export async function createLoginCredential(
  identity: Service,
  token: ProjectToken,
  { hostname, ttlMs, now }: { hostname: string; ttlMs: number; now: Date },
): Promise<LoginCredential> {
  const name = `${prefixOf(hostname)}${randomBytes(4).toString('hex')}`;
  // By the server's clock: a laptop's may be wrong.
  const expiresAt = new Date((token.issuedAt ?? now).getTime() + ttlMs);
  try {
    const description = `nubes-nb on ${plainHost(hostname)}`;
    const made = await create(identity, token.id, token.user.id, { name, description, expiresAt });
    const credential = { id: made.id, secret: made.secret, name, expiresAt };
    try {
      return { credential, token: await credentialToken(identity, credential) };
    } catch (error) {
      await remove(identity, token.id, token.user.id, made.id).catch(() => {});
      throw error;
    }
  } catch (error) {
    if (!(error instanceof ApiError) || ![400, 401, 403, 404, 409].includes(error.status))
      throw error;
    return { credential: undefined, token };
  }
}

/**
 * Removes this computer's credentials that were replaced, or have expired by the server's clock: by
 * a wrong one of ours, those of other sessions would go. What fails is left alone.
 */
export async function sweepCredentials(
  identity: Service,
  { id: token, user, issuedAt }: ProjectToken,
  { hostname, replaced }: { hostname: string; replaced: string | undefined },
): Promise<void> {
  const all = await list(identity, token, user.id);
  const hasEnded = (end: Date | undefined) =>
    end !== undefined && issuedAt !== undefined && end <= issuedAt;
  const stale = all
    .filter(({ name }) => name.startsWith(prefixOf(hostname)))
    .filter(({ id, expiresAt }) => id === replaced || hasEnded(expiresAt));
  await Promise.allSettled(stale.map(({ id }) => remove(identity, token, user.id, id)));
}

function prefixOf(hostname: string): string {
  return `nubes-nb/${plainHost(hostname)}/`;
}

function plainHost(hostname: string): string {
  return hostname.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 60) || 'unknown';
}
