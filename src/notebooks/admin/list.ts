import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import type { Service } from '../../openstack/service.ts';
import type { Deps } from '../deps.ts';
import { withFaults } from '../fault.ts';
import { oldestFirst } from '../find.ts';
import { metadataKeys, nameOf, notebookTag } from '../identity.ts';
import { describe, type ServerNotebook } from '../notebook.ts';
import { type Names, projectNames, userNames } from './names.ts';
import { type Verdict, verdictOn } from './verdict.ts';

/** A notebook of any user. `owner` is the user's name; if Keystone does not say it, that of consistent metadata, or else the id. */
export interface AnyNotebook extends ServerNotebook {
  /** Of Nova's own record, which members of the project cannot change. */
  readonly userId: string;
  readonly project: { readonly id: string; readonly name: string | null };
  readonly identity: Verdict;
  /** What the VM's metadata say, if that is not `key`. */
  readonly claims: string | null;
}

export interface AdminDeps
  extends Pick<Deps, 'compute' | 'network' | 'image' | 'project' | 'owner' | 'warn' | 'world'> {
  readonly identity: Service;
  readonly roles: readonly string[];
  /** Keystone's clock, as far as it is known. */
  readonly now: () => Date;
}

export interface Selection {
  /** Undefined: of all projects, which takes the role `admin`. */
  readonly projectId?: string | undefined;
  /** The owner's name. */
  readonly user?: string | undefined;
}

/** The notebooks of all users, oldest first. Throws NOT_ALLOWED if Nova does not permit the list. */
export async function listAll(deps: AdminDeps, selection: Selection): Promise<AnyNotebook[]> {
  const { projectId, user } = selection;
  const { servers: found } = await servers.list(deps.compute, {
    tags: [notebookTag],
    allProjects: projectId !== deps.project.id,
    projectId,
  });
  const present = found.filter(({ status }) => status !== 'DELETED').sort(oldestFirst);
  const all = await toAnyNotebooks(deps, await withFaults(deps.compute, present));
  // Not by the tag of the owner, which members of the project can change.
  return user === undefined ? all : all.filter((notebook) => isOf(user, notebook));
}

/** Also those that only claim to be the user's. */
function isOf(user: string, { owner, claims }: AnyNotebook): boolean {
  return owner === user || claims?.startsWith(`${user}/`) === true;
}

export async function toAnyNotebooks(
  { identity, project }: AdminDeps,
  all: readonly Server[],
): Promise<AnyNotebook[]> {
  const others = all.map(({ projectId }) => projectId).filter((id) => id !== project.id);
  const [users, projects] = await Promise.all([
    userNames(
      identity,
      all.map(({ userId }) => userId),
    ),
    projectNames(identity, others),
  ]);
  const known: Names = new Map([...projects, [project.id, project.name]]);
  return all.map((server) => toAnyNotebook(server, users, known));
}

function toAnyNotebook(server: Server, users: Names, projects: Names): AnyNotebook {
  const described = describe(server);
  const userName = users.get(server.userId);
  const verdict = verdictOn(server, userName);
  // Metadata can be changed: without Keystone's name they count only if they agree with the tags.
  const owner = userName ?? (verdict === 'unverified' ? described.owner : server.userId);
  const name = nameOf(server);
  const key = `${owner}/${name}`;
  const claims = claimsOf(server);
  return {
    ...described,
    name,
    owner,
    key,
    userId: server.userId,
    project: { id: server.projectId, name: projects.get(server.projectId) ?? null },
    identity: verdict,
    claims: claims === key ? null : claims,
  };
}

function claimsOf({ metadata }: Server): string {
  return `${metadata[metadataKeys.user] ?? ''}/${metadata[metadataKeys.notebook] ?? ''}`;
}
