import { createHash } from 'node:crypto';
import type { Server } from '../openstack/compute/servers.ts';

/** Whose notebook: the user as Keystone names them. */
export interface Owner {
  readonly id: string;
  readonly name: string;
}

/** What a notebook's server says about itself, for machines (tags) and for people (metadata, description). */
export interface Identity {
  readonly owner: string;
  readonly name: string;
  /** Made once per creation; finds the server again after an ambiguous answer. */
  readonly request: string;
}

export const notebookTag = 'nubes-nb';
const schema = '1';
/** Nova takes tags of at most 60 characters without `/` and `,` (tags API, openstack.md §2). */
const tagLimit = 60;

export function ownerTag(owner: string): string {
  const tag = `nubes-nb.u=${owner}`;
  if (tag.length <= tagLimit && !/[/,]/.test(tag)) return tag;
  return `nubes-nb.u=${createHash('sha256').update(owner).digest('hex').slice(0, 40)}`;
}

export function nameTag(name: string): string {
  return `nubes-nb.n=${name}`;
}

export function tagsOf({ owner, name }: Identity): string[] {
  return [notebookTag, ownerTag(owner), nameTag(name)];
}

export function metadataOf({ owner, name, request }: Identity): Record<string, string> {
  return {
    'nubes-nb:schema': schema,
    'nubes-nb:user': owner,
    'nubes-nb:notebook': name,
    'nubes-nb:ref': `${owner}/${name}`,
    'nubes-nb:request': request,
  };
}

export function descriptionOf({ owner, name }: Identity): string {
  return `Jupyter notebook ${owner}/${name} (nubes-nb)`;
}

/** The server's own name: a label for people, never parsed. */
export function vmNameOf({ owner, name }: Identity): string {
  return `nb-${owner}-${name}`;
}

/**
 * Whose server this is. `mine` needs Nova's own `user_id` *and* agreeing tags and metadata: members
 * of a project can write any tag and metadata on each other's servers, but not `user_id`.
 */
export function relationTo(owner: Owner, server: Server): 'mine' | 'tampered' | 'stranger' {
  if (server.userId !== owner.id) return 'stranger';
  const name = server.metadata['nubes-nb:notebook'];
  const agrees =
    name !== undefined &&
    server.metadata['nubes-nb:user'] === owner.name &&
    server.tags.includes(notebookTag) &&
    server.tags.includes(ownerTag(owner.name)) &&
    server.tags.includes(nameTag(name));
  return agrees ? 'mine' : 'tampered';
}
