import { array, type InferOutput, nullish, object, string } from 'valibot';
import { rfc3339 } from '../../rfc3339.ts';
import { isStatus } from '../errors.ts';
import { read } from '../http/response.ts';
import type { Service } from '../service.ts';
import { optionalInstant } from '../timestamps.ts';

/** A stand-in for the password that is good for one project, until it expires. */
export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly projectId: string | undefined;
  /** Undefined when it never expires. */
  readonly expiresAt: Date | undefined;
}

export interface CredentialSpec {
  readonly name: string;
  readonly description: string;
  readonly expiresAt?: Date | undefined;
}

const credential = object({
  id: string(),
  name: string(),
  description: nullish(string(), null),
  project_id: nullish(string()),
  expires_at: optionalInstant,
});
const made = object({
  application_credential: object({ ...credential.entries, secret: string() }),
});
const found = object({ application_credentials: array(credential) });

/**
 * Makes a restricted one with all roles of the token, which must be for a project. The secret is
 * shown this once. Throws ApiError 403, 400 or 404 where the site does not allow them, 409 for a taken name.
 */
export async function create(
  identity: Service,
  tokenId: string,
  userId: string,
  { name, description, expiresAt }: CredentialSpec,
): Promise<ApplicationCredential & { readonly secret: string }> {
  const expires = expiresAt ? { expires_at: rfc3339(expiresAt) } : {};
  const reply = await identity.post(
    path(userId),
    { application_credential: { name, description, unrestricted: false, ...expires } },
    { headers: { 'X-Auth-Token': tokenId } },
  );
  const wire = read(identity, reply, made).application_credential;
  return { ...fromWire(wire), secret: wire.secret };
}

/** The user's own, expired ones included. */
export async function list(
  identity: Service,
  tokenId: string,
  userId: string,
): Promise<ApplicationCredential[]> {
  const reply = await identity.get(path(userId), {}, { 'X-Auth-Token': tokenId });
  return read(identity, reply, found).application_credentials.map(fromWire);
}

/** One that is gone already is as good. A restricted credential's own token gets ApiError 403. */
export async function remove(
  identity: Service,
  tokenId: string,
  userId: string,
  id: string,
): Promise<void> {
  try {
    await identity.delete(`${path(userId)}/${encodeURIComponent(id)}`, { 'X-Auth-Token': tokenId });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

function path(userId: string): string {
  return `/users/${encodeURIComponent(userId)}/application_credentials`;
}

function fromWire(wire: InferOutput<typeof credential>): ApplicationCredential {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description,
    projectId: wire.project_id ?? undefined,
    expiresAt: wire.expires_at ?? undefined,
  };
}
