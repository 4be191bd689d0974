import { array, type InferOutput, nullish, object, string } from 'valibot';
import { rfc3339 } from '../../rfc3339.ts';
import { isStatus } from '../errors.ts';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';
import { optionalTimestamp } from '../timestamps.ts';

/** The names of the credentials that `login` creates begin with it; the name of the computer follows. */
export const credentialPrefix = 'nubes-nb/';

/** A credential for one project, used instead of the password until it expires. */
export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly projectId: string | undefined;
  /** Undefined if it never expires. */
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
  expires_at: optionalTimestamp,
});
const created = object({
  application_credential: object({ ...credential.entries, secret: string() }),
});
const credentials = object({ application_credentials: array(credential) });

/**
 * Creates a restricted credential with all roles of the token, which must be for a project. Keystone
 * returns the secret only here. Throws ApiError 403, 400 or 404 if the site does not allow credentials,
 * and 409 if the name is taken.
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
  const wire = parseReply(identity, reply, created).application_credential;
  return { ...fromWire(wire), secret: wire.secret };
}

/** The user's credentials, including the expired ones. */
export async function list(
  identity: Service,
  tokenId: string,
  userId: string,
): Promise<ApplicationCredential[]> {
  const reply = await identity.get(path(userId), {}, { 'X-Auth-Token': tokenId });
  return parseReply(identity, reply, credentials).application_credentials.map(fromWire);
}

/**
 * The same with a service that has a token, and Keystone's own time if it sends one. Throws ApiError 403 for another user's, unless
 * for an administrator.
 */
export async function listAt(
  identity: Service,
  userId: string,
): Promise<{ readonly all: ApplicationCredential[]; readonly at: Date | undefined }> {
  const reply = await identity.get(path(userId));
  const { application_credentials: all } = parseReply(identity, reply, credentials);
  return { all: all.map(fromWire), at: reply.date };
}

/** A missing one is not an error. Throws ApiError 403 for the token of a restricted credential. */
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
