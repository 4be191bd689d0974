import { array, object, pipe, string, transform } from 'valibot';
import { isStatus } from '../errors.ts';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

/** A public key that belongs to the user, not to the project. */
export interface Keypair {
  readonly name: string;
  /** MD5 with colons, as computed by Nova. */
  readonly fingerprint: string;
  readonly publicKey: string;
}

const body = object({
  keypair: pipe(
    object({ name: string(), fingerprint: string(), public_key: string() }),
    transform(
      ({ name, fingerprint, public_key: publicKey }): Keypair => ({ name, fingerprint, publicKey }),
    ),
  ),
});

const page = object({ keypairs: array(body) });

/**
 * The user's first ones: at most as many as Nova puts on a page. Throws ApiError 403 for another user's, unless
 * for an administrator.
 */
export async function list(compute: Service, userId?: string): Promise<readonly Keypair[]> {
  const reply = await compute.get('/os-keypairs', { user_id: userId });
  return parseReply(compute, reply, page).keypairs.map(({ keypair }) => keypair);
}

export async function exists(compute: Service, name: string): Promise<boolean> {
  try {
    await compute.get(`/os-keypairs/${encodeURIComponent(name)}`);
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

/** Throws ApiError 409 if the name is taken. */
export async function importKey(
  compute: Service,
  name: string,
  publicKey: string,
): Promise<Keypair> {
  const reply = await compute.post('/os-keypairs', {
    keypair: { name, public_key: publicKey, type: 'ssh' },
  });
  return parseReply(compute, reply, body).keypair;
}
