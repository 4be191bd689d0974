import { NubesError } from '../../errors.ts';
import { isStatus } from '../../openstack/errors.ts';
import { projectsNamed, showProject } from '../../openstack/identity/projects.ts';
import type { AdminDeps } from './list.ts';

/** The id of a project by name or id. Throws NOT_FOUND, CONFLICT, and NOT_ALLOWED for other projects than the own one. */
export async function projectIdOf(
  { identity, project }: Pick<AdminDeps, 'identity' | 'project'>,
  wanted: string,
): Promise<string> {
  if ([project.id, project.name].includes(wanted)) return project.id;
  const [named, ...others] = await projectsNamed(identity, wanted);
  if (others.length > 0) {
    throw new NubesError('CONFLICT', `${others.length + 1} projects are named ${wanted}.`, {
      hint: `use the id of one: ${[named, ...others].map((each) => each?.id).join(', ')}`,
    });
  }
  if (named !== undefined) return named.id;
  const byId = await showProject(identity, wanted).catch((error: unknown) => {
    if (isStatus(error, 404)) return undefined;
    throw error;
  });
  if (byId !== undefined) return byId.id;
  throw new NubesError('NOT_FOUND', `There is no project ${wanted}.`, {
    hint: 'nubes-nb admin ls -c owner,project shows the projects with notebooks',
  });
}
