import { array, boolean, nullish, object, string } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

const body = object({
  projects: array(object({ id: string(), name: string(), enabled: nullish(boolean(), true) })),
});

/** The projects in which the user of the token has a role. */
export async function listProjects(identity: Service, tokenId: string): Promise<Project[]> {
  const reply = await identity.get('/auth/projects', {}, { 'X-Auth-Token': tokenId });
  return parseReply(identity, reply, body).projects;
}
