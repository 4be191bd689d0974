import { NubesError } from '../errors.ts';
import type { Project } from '../openstack/identity/projects.ts';
import type { Token } from '../openstack/identity/tokens.ts';

export type ChooseProject = (projects: readonly Project[]) => Promise<Project>;

/** Of a domain, project, user or credential in Keystone: the id if there is one, else the name. */
export interface IdOrName {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

/** Throws NO_PROJECT for a project of another domain than the wanted one, by id or else by name. */
export function requireProjectDomain(
  { name, domain }: NonNullable<Token['project']>,
  wanted: IdOrName | undefined,
): void {
  if (wanted === undefined || domain === undefined || domain === null) return;
  const isWanted =
    wanted.id === undefined
      ? wanted.name === undefined || wanted.name.toLowerCase() === domain.name.toLowerCase()
      : wanted.id === domain.id;
  if (isWanted) return;
  throw new NubesError(
    'NO_PROJECT',
    `The project ${name} is in the domain ${domain.name}, not in ${wanted.id ?? wanted.name}.`,
    { hint: 'choose the project by its id' },
  );
}

/** The wanted project by id or exact name, else the only one, else the chosen one. Throws NO_PROJECT. */
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
      'The user ID and the password are correct, but you are not a member of a project in this cloud.',
      { hint: 'ask the cloud team for a project' },
    );
  }
  if (wanted !== undefined) return findByIdOrName(projects, wanted);
  return second === undefined ? first : choose(projects);
}

function findByIdOrName(projects: readonly Project[], wanted: string): Project {
  const byId = projects.find(({ id }) => id === wanted);
  if (byId !== undefined) return byId;
  const [project, second] = projects.filter(({ name }) => name === wanted);
  if (second !== undefined) {
    throw new NubesError('NO_PROJECT', `You are a member of several projects named ${wanted}.`, {
      hint: `use an id: ${projects.map(({ id }) => id).join(', ')}`,
    });
  }
  if (project !== undefined) return project;
  const names = projects.map(({ name }) => name).join(', ');
  throw new NubesError('NO_PROJECT', `You have no access to the project ${wanted}.`, {
    hint: `your projects: ${names}; choose one with --project or openstack.project`,
  });
}
