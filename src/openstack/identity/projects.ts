import { array, boolean, nullish, object, string } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

const project = object({ id: string(), name: string(), enabled: nullish(boolean(), true) });
const body = object({ projects: array(project) });
const single = object({ project });

/** The projects in which the user of the token has a role. */
export async function listProjects(identity: Service, tokenId: string): Promise<Project[]> {
  const reply = await identity.get('/auth/projects', {}, { 'X-Auth-Token': tokenId });
  return parseReply(identity, reply, body).projects;
}

/** Throws ApiError 403 for another project than that of the token, unless for an administrator, and 404. */
export async function showProject(identity: Service, id: string): Promise<Project> {
  const reply = await identity.get(`/projects/${encodeURIComponent(id)}`);
  return parseReply(identity, reply, single).project;
}

/** In all domains. Throws ApiError 403 unless the caller is an administrator. */
export async function projectsNamed(identity: Service, name: string): Promise<Project[]> {
  return parseReply(identity, await identity.get('/projects', { name }), body).projects;
}
