import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { isStatus } from '../openstack/errors.ts';
import type { Service } from '../openstack/service.ts';
import { NoSuchNotebook, ofAnotherUser } from './errors.ts';
import { withFault } from './fault.ts';
import { nameOf, nameTag, notebookTag, type Owner, ownerTag, relationTo } from './identity.ts';
import { type Reference, readReference } from './name.ts';
import type { SeenNames } from './seen-names.ts';
import { isBeingDeleted } from './status.ts';

interface ListDeps {
  readonly owner: Owner;
  readonly compute: Service;
  readonly warn: (text: string) => void;
  readonly seen?: SeenNames;
}

/**
 * The owner's notebooks, oldest first. Nova filters by tag and user; both are checked again here,
 * because tags can be forged and older Novas ignore the user filter.
 */
export async function listOwn(
  { owner, compute, warn, seen }: ListDeps,
  moreTags: readonly string[] = [],
): Promise<Server[]> {
  const tags = [notebookTag, ownerTag(owner.name), ...moreTags];
  const { servers: found } = await servers.list(compute, { tags, userId: owner.id });
  const own = found.filter((server) => isOwn(owner, server, warn)).sort(oldestFirst);
  if (moreTags.length === 0) seen?.own(own);
  return own;
}

/**
 * The same in parts, each as soon as it is known. The last second of a page waits for the next page, which may
 * have more of that second.
 */
export async function* listOwnInParts({
  owner,
  compute,
  warn,
  seen,
}: ListDeps): AsyncGenerator<readonly Server[]> {
  const tags = [notebookTag, ownerTag(owner.name)];
  let rest: readonly Server[] = [];
  const listing = seen?.listing();
  for await (const page of servers.pagesByAge(compute, { tags, userId: owner.id })) {
    const last = page.at(-1)?.created.getTime() ?? 0;
    const own = page.filter((server) => isOwn(owner, server, warn));
    listing?.add(own);
    const known = [...rest, ...own].sort(oldestFirst);
    const end = known.findIndex(({ created }) => created.getTime() >= last);
    rest = end < 0 ? [] : known.slice(end);
    yield end < 0 ? known : known.slice(0, end);
  }
  listing?.end();
  yield rest;
}

function isOwn(owner: Owner, server: Server, warn: ListDeps['warn']): boolean {
  const relation = relationTo(owner, server);
  if (relation === 'tampered') {
    warn(`the VM ${server.id} has your tag, but its metadata says otherwise; it is left alone.`);
  }
  return relation === 'mine' && server.status !== 'DELETED';
}

/** The owner's servers of one name, oldest first: more than one only after a race. */
export async function listOwnByName(deps: ListDeps, name: string): Promise<Server[]> {
  const own = await listOwn(deps, [nameTag(name)]);
  const named = own.filter((server) => nameOf(server) === name);
  if (named.length === 0) deps.seen?.missing(name);
  for (const server of named) deps.seen?.server(server);
  return named;
}

interface FindDeps extends ListDeps {
  readonly project: { readonly name: string };
}

/**
 * The owner's server with this name, `owner/name` or UUID. Throws NOT_FOUND, NOT_ALLOWED for another user's server or
 * one whose tags and metadata disagree, CONFLICT if two have the name.
 */
export async function find(deps: FindDeps, text: string): Promise<Server> {
  const reference = readReference(text);
  if (reference.kind === 'id') return byId(deps, reference.id);
  requireOwn(deps.owner, reference);
  const server = requireOne(await listOwnByName(deps, reference.name), reference.name);
  return withFault(deps.compute, server);
}

/** Throws NOT_ALLOWED if the reference names another user as the owner. */
export function requireOwn(own: Owner, reference: Reference): void {
  if (reference.kind === 'id' || (reference.owner ?? own.name) === own.name) return;
  throw ofAnotherUser(reference.name, reference.owner ?? '', own);
}

/** The only one of the owner's servers of a name. Throws NOT_FOUND, CONFLICT. */
export function requireOne(all: readonly Server[], name: string): Server {
  // A duplicate that is being deleted does not count, unless nothing else is left.
  const present = all.filter((server) => !isBeingDeleted(server));
  const [server, ...others] = present.length > 0 ? present : all;
  if (server === undefined) throw new NoSuchNotebook(name);
  if (others.length === 0) return server;
  throw new NubesError('CONFLICT', `${others.length + 1} of your VMs are named ${name}.`, {
    hint: `use the UUID of one: ${[server, ...others].map(({ id }) => id).join(', ')}`,
  });
}

/**
 * Nova shows a deleted server as DELETED for up to some seconds, in which it counts towards the quota. One that
 * is SOFT_DELETED stays until the cloud reclaims it.
 */
export function isGone(server: Server | undefined): boolean {
  return server === undefined || server.status === 'SOFT_DELETED';
}

async function byId(deps: FindDeps, id: string): Promise<Server> {
  const server = await servers.show(deps.compute, id).catch((error: unknown) => {
    throw isStatus(error, 404) ? noSuchVm(deps, id) : error;
  });
  // Nova has dropped its tags already, so it would be reported as changed.
  if (server.status === 'DELETED') throw noSuchVm(deps, id);
  const relation = relationTo(deps.owner, server);
  if (relation === 'mine') {
    deps.seen?.server(server);
    return server;
  }
  const why =
    relation === 'stranger'
      ? 'belongs to another user'
      : 'is yours, but is not a notebook, or its tags or metadata were changed';
  throw new NubesError('NOT_ALLOWED', `The VM ${id} ${why}; it is left alone.`, {
    hint: `openstack server show ${id}`,
  });
}

function noSuchVm({ project }: FindDeps, id: string): NubesError {
  return new NubesError('NOT_FOUND', `There is no VM ${id} in the project ${project.name}.`, {
    hint: 'nubes-nb ls shows the ones you have',
  });
}

/** The order that decides which server keeps a name. Nova counts whole seconds, so the id is the last criterion. */
export function oldestFirst(one: Server, other: Server): number {
  return (
    one.created.getTime() - other.created.getTime() ||
    compare(nameOf(one), nameOf(other)) ||
    compare(one.id, other.id)
  );
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
