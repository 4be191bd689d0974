import { boolean, nullish, object, string } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

const body = object({
  user: object({ id: string(), name: string(), enabled: nullish(boolean(), true) }),
});

/** Throws ApiError 403 for another user than the caller, unless by an administrator, and 404 if there is none. */
export async function showUser(identity: Service, id: string): Promise<User> {
  const reply = await identity.get(`/users/${encodeURIComponent(id)}`);
  return parseReply(identity, reply, body).user;
}
