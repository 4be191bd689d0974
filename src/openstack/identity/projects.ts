import { array, boolean, nullish, object, pipe, string, transform } from 'valibot';
import type { Service } from '../service.ts';
import { read } from '../service-reply.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly enabled: boolean;
}

const body = object({
  projects: array(
    pipe(
      object({
        id: string(),
        name: string(),
        domain_id: nullish(string(), ''),
        enabled: nullish(boolean(), true),
      }),
      transform(
        ({ id, name, domain_id: domainId, enabled }): Project => ({ id, name, domainId, enabled }),
      ),
    ),
  ),
});

/** The projects for which the token's user has a role. */
export async function mine(identity: Service, tokenId: string): Promise<Project[]> {
  const reply = await identity.get('/auth/projects', {}, { 'X-Auth-Token': tokenId });
  return read(identity, reply, body).projects;
}
