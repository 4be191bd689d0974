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

/** Undefined if the user has none of this name. */
export async function find(compute: Service, name: string): Promise<Keypair | undefined> {
  try {
    return parseReply(compute, await compute.get(pathOf(name)), body).keypair;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** False if it was gone already. Servers that were created with it keep the key. */
export async function remove(compute: Service, name: string): Promise<boolean> {
  try {
    await compute.delete(pathOf(name));
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

function pathOf(name: string): string {
  return `/os-keypairs/${encodeURIComponent(name)}`;
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
