import { NubesError } from '../errors.ts';
import type { Project } from '../openstack/identity/projects.ts';

export type ChooseProject = (projects: readonly Project[]) => Promise<Project>;

/**
 * The project to work in: the wanted one by id or exact name, the only one, or the one chosen.
 * Throws NO_PROJECT, with the projects there are.
 */
export async function findProject(
  all: readonly Project[],
  wanted: string | undefined,
  choose: ChooseProject,
): Promise<Project> {
  const projects = all.filter(({ enabled }) => enabled);
  const [first, second] = projects;
  if (first === undefined) {
    throw new NubesError(
      'NO_PROJECT',
      'The user ID and the password are right, but you are in no project of this cloud.',
      { hint: 'ask the cloud team for a project' },
    );
  }
  if (wanted !== undefined) return named(projects, wanted);
  return second === undefined ? first : choose(projects);
}

function named(projects: readonly Project[], wanted: string): Project {
  const byId = projects.find(({ id }) => id === wanted);
  if (byId !== undefined) return byId;
  const [project, twin] = projects.filter(({ name }) => name === wanted);
  if (twin !== undefined) {
    throw new NubesError('NO_PROJECT', `You are in several projects named ${wanted}.`, {
      hint: `give the id of one: ${projects.map(({ id }) => id).join(', ')}`,
    });
  }
  if (project !== undefined) return project;
  const names = projects.map(({ name }) => name).join(', ');
  throw new NubesError('NO_PROJECT', `You have no access to the project ${wanted}.`, {
    hint: `yours are: ${names}. Choose one with --project or openstack.project.`,
  });
}
