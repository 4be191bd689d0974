import { NubesError } from '../../errors.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { isStatus } from '../../openstack/errors.ts';
import { withFault } from '../fault.ts';
import { notebookTag } from '../identity.ts';
import { isUuid } from '../name.ts';
import {
  type AdminDeps,
  type AnyNotebook,
  listAll,
  type Selection,
  toAnyNotebooks,
} from './list.ts';
import { isGenuine } from './verdict.ts';

/**
 * The notebook of any user by `user/name`, UUID, address or name of its VM. A VM that another user has made with
 * forged tags counts only if no other one fits. Throws NOT_FOUND, CONFLICT if several fit.
 */
export async function findAny(
  deps: AdminDeps,
  reference: string,
  selection: Selection,
): Promise<AnyNotebook> {
  if (isUuid(reference)) return byId(deps, reference.toLowerCase());
  const [, user] = /^([^/]+)\/[^/]+$/.exec(reference) ?? [];
  return onlyOne(deps, await listAll(deps, { ...selection, user }), reference);
}

/** The same for several, with one list for all of them. */
export async function findEach(
  deps: AdminDeps,
  references: readonly string[],
  selection: Selection,
): Promise<AnyNotebook[]> {
  const [only] = references;
  if (only !== undefined && references.length === 1) return [await findAny(deps, only, selection)];
  const all = await listAll(deps, selection);
  return references.map((reference) => onlyOne(deps, all, reference));
}

function onlyOne(deps: AdminDeps, all: readonly AnyNotebook[], reference: string): AnyNotebook {
  const fitting = all.filter((notebook) => fits(notebook, reference));
  const genuine = fitting.filter(({ identity }) => isGenuine(identity));
  const [found, ...others] = genuine.length > 0 ? genuine : fitting;
  if (found === undefined) {
    throw new NubesError('NOT_FOUND', `There is no notebook ${reference}.`, {
      hint: whereToLook(deps),
    });
  }
  if (others.length === 0) return found;
  throw new NubesError('CONFLICT', `${others.length + 1} VMs are ${reference}.`, {
    hint: `use the UUID of one: ${[found, ...others].map(({ id }) => id).join(', ')}`,
  });
}

/** Metadata that were changed say `user/name` as well, so that such a VM is found and marked. The VM's name is free. */
function fits({ key, claims, address, vmName, id }: AnyNotebook, reference: string): boolean {
  const names = reference.includes('/') ? [key, claims] : [address, vmName, id];
  return names.includes(reference);
}

async function byId(deps: AdminDeps, id: string): Promise<AnyNotebook> {
  const server = await servers.show(deps.compute, id).catch((error: unknown) => {
    throw isStatus(error, 404) ? noSuchVm(deps, id, 'There is no VM') : error;
  });
  if (server.status === 'DELETED') throw noSuchVm(deps, id, 'There is no VM');
  if (!server.tags.includes(notebookTag))
    throw noSuchVm(deps, id, 'Not tagged as a notebook: the VM');
  const [notebook] = await toAnyNotebooks(deps, [await withFault(deps.compute, server)]);
  if (notebook === undefined) throw noSuchVm(deps, id, 'There is no VM');
  return notebook;
}

function noSuchVm(deps: AdminDeps, id: string, what: string): NubesError {
  return new NubesError('NOT_FOUND', `${what} ${id}.`, { hint: whereToLook(deps) });
}

/** To other roles Nova answers for the VMs of other projects as for none. */
function whereToLook({ roles, project }: Pick<AdminDeps, 'roles' | 'project'>): string {
  if (roles.some((role) => role.toLowerCase() === 'admin'))
    return 'nubes-nb admin ls shows the notebooks of all users';
  return `nubes-nb admin ls --project ${project.name} shows all that Nova lets you see without the role admin`;
}
