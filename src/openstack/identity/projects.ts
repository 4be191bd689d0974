import { array, boolean, nullish, object, string } from 'valibot';
import { read } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

const body = object({
  projects: array(object({ id: string(), name: string(), enabled: nullish(boolean(), true) })),
});

/** The projects for which the token's user has a role. */
export async function mine(identity: Service, tokenId: string): Promise<Project[]> {
  const reply = await identity.get('/auth/projects', {}, { 'X-Auth-Token': tokenId });
  return read(identity, reply, body).projects;
}
