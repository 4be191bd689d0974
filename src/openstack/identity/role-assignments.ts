import { array, nullish, object, string } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

const body = object({
  role_assignments: array(object({ user: nullish(object({ id: string() })) })),
});

/** The ids of the users with a role in a project, by groups too. Throws ApiError 403 unless for an administrator. */
export async function usersOf(identity: Service, projectId: string): Promise<string[]> {
  const query = { 'scope.project.id': projectId, effective: true };
  const reply = await identity.get('/role_assignments', query);
  const { role_assignments: assignments } = parseReply(identity, reply, body);
  return [...new Set(assignments.flatMap(({ user }) => user?.id ?? []))];
}
