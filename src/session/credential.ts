import { randomBytes } from 'node:crypto';
import { ApiError } from '../openstack/errors.ts';
import {
  create,
  credentialPrefix,
  list,
  remove,
} from '../openstack/identity/application-credentials.ts';
import { credentialToken } from '../openstack/identity/tokens.ts';
import type { Service } from '../openstack/service.ts';
import type { CredentialPair } from './env.ts';
import type { TimedToken } from './secret.ts';
import type { ProjectToken } from './services.ts';

/** How a session gets its tokens: an application credential, if the site allows one, and a first token. */
export interface LoginCredential {
  readonly credential:
    | (CredentialPair & { readonly name: string | undefined; readonly expiresAt: Date | undefined })
    | undefined;
  readonly token: TimedToken;
  /** Why there is no credential. */
  readonly refusal?: ApiError;
}

/**
 * Creates an application credential for the token's project, and a token with it. If the site does not
 * allow one (400, 401, 403, 404, 409), the session uses the login token.
 */
export async function createLoginCredential(
  identity: Service,
  token: ProjectToken,
  { hostname, ttlMs, now }: { hostname: string; ttlMs: number; now: Date },
): Promise<LoginCredential> {
  const name = `${prefixOf(hostname)}${randomBytes(4).toString('hex')}`;
  // By Keystone's clock, as that of this computer may be wrong.
  const expiresAt = new Date((token.issuedAt ?? now).getTime() + ttlMs);
  try {
    const description = `nubes-nb on ${plainHost(hostname)}`;
    const created = await create(identity, token.id, token.user.id, {
      name,
      description,
      expiresAt,
    });
    const credential = { id: created.id, secret: created.secret, name, expiresAt };
    try {
      return { credential, token: await credentialToken(identity, credential) };
    } catch (error) {
      await remove(identity, token.id, token.user.id, created.id).catch(() => {});
      throw error;
    }
  } catch (error) {
    if (!(error instanceof ApiError) || ![400, 401, 403, 404, 409].includes(error.status))
      throw error;
    return { credential: undefined, token, refusal: error };
  }
}

/**
 * Deletes this computer's credentials that were replaced or have expired. Expiry is judged by Keystone's
 * clock: a wrong local clock would delete those of other sessions. Failed deletions are ignored.
 */
export async function sweepCredentials(
  identity: Service,
  { id: token, user, issuedAt }: ProjectToken,
  { hostname, replaced }: { hostname: string; replaced: string | undefined },
): Promise<void> {
  const all = await list(identity, token, user.id);
  const hasExpired = (end: Date | undefined) =>
    end !== undefined && issuedAt !== undefined && end <= issuedAt;
  const stale = all
    .filter(({ name }) => name.startsWith(prefixOf(hostname)))
    .filter(({ id, expiresAt }) => id === replaced || hasExpired(expiresAt));
  await Promise.allSettled(stale.map(({ id }) => remove(identity, token, user.id, id)));
}

function prefixOf(hostname: string): string {
  return `${credentialPrefix}${plainHost(hostname)}/`;
}

function plainHost(hostname: string): string {
  return hostname.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 60) || 'unknown';
}
