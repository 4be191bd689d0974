import { createHash } from 'node:crypto';
import type { Server } from '../openstack/compute/servers.ts';

/** The user who owns a notebook, as Keystone names them. */
export interface Owner {
  readonly id: string;
  readonly name: string;
}

/** What a notebook's server says about itself, for machines (tags) and for people (metadata, description). */
export interface Identity {
  readonly owner: string;
  readonly name: string;
  /** A UUID per create; finds the server after a lost response. */
  readonly request: string;
}

export const notebookTag = 'nubes-nb';
const schema = '1';
/** Nova takes tags of at most 60 characters without `/` and `,` (the tags of its servers API). */
const maxTagLength = 60;

export function ownerTag(owner: string): string {
  const tag = `nubes-nb.u=${owner}`;
  if (tag.length <= maxTagLength && !/[/,]/.test(tag)) return tag;
  return `nubes-nb.u=${createHash('sha256').update(owner).digest('hex').slice(0, 40)}`;
}

export function nameTag(name: string): string {
  return `nubes-nb.n=${name}`;
}

export function tagsOf({ owner, name }: Identity): string[] {
  return [notebookTag, ownerTag(owner), nameTag(name)];
}

/** The metadata that a notebook's server carries; people see it in Horizon. */
export const metadataKeys = {
  schema: 'nubes-nb:schema',
  user: 'nubes-nb:user',
  notebook: 'nubes-nb:notebook',
  ref: 'nubes-nb:ref',
  request: 'nubes-nb:request',
  version: 'nubes-nb:version',
  image: 'nubes-nb:image',
  account: 'nubes-nb:account',
  /** The fingerprint of the owner's SSH key, `SHA256:…`. */
  key: 'nubes-nb:key',
  port: 'nubes-nb:port',
  /** `direct`: Jupyter is reached by https, without a tunnel. */
  access: 'nubes-nb:access',
  /** `auto` or `none`, if given for this notebook. */
  floatingIp: 'nubes-nb:floating-ip',
  /** SHA-256 of the site's certificate, 64 hex digits, that a direct notebook uses. */
  certificate: 'nubes-nb:certificate',
  /** The beginning of the token's digest. */
  token: 'nubes-nb:token',
  /** ISO 8601 duration. */
  idle: 'nubes-nb:idle',
  /** The beginning of the digest of the packages that the first boot was to install. */
  packages: 'nubes-nb:packages',
  /** RFC 3339. */
  expires: 'nubes-nb:expires',
  protected: 'nubes-nb:protected',
  /** Fingerprints and comments of the cloud team's keys on the VM, or `none`. */
  staffKeys: 'nubes-nb:staff-keys',
  /** What the cloud team did to the VM, when and why. */
  notice: 'nubes-nb:notice',
} as const;

/** Security groups of this name and a port admit the networks of `notebook.allowed_cidr`, and no others. */
export const jupyterGroupPrefix = 'nubes-nb-jupyter-';
/** Only groups with this description are changed: any project member can create one of our name. */
export const jupyterGroupDescription = 'Jupyter reached directly by https (nubes-nb)';

/** A floating IP with this description was created for the notebook and is deleted with it. */
export function floatingIpDescription({ id }: Pick<Server, 'id'>): string {
  return `nubes-nb ${id}`;
}

/** The digest of the public key follows. */
export const keyPairPrefix = 'nubes-nb-';

export const labelPrefix = 'nubes-nb:label:';

export function labelMetadata(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [`${labelPrefix}${key}`, value]),
  );
}

/** ISO 8601, as metadata has it. */
export function idleText(milliseconds: number): string {
  return `PT${Math.round(milliseconds / 1_000)}S`;
}

/** The same for every order of the lines. */
export function packagesMark(lines: readonly string[]): string {
  return createHash('sha256')
    .update([...lines].sort().join('\n'))
    .digest('hex')
    .slice(0, 12);
}

export function metadataOf({ owner, name, request }: Identity): Record<string, string> {
  return {
    [metadataKeys.schema]: schema,
    [metadataKeys.user]: owner,
    [metadataKeys.notebook]: name,
    [metadataKeys.ref]: `${owner}/${name}`,
    [metadataKeys.request]: request,
  };
}

/** The notebook's name in its metadata, else the server's id. */
export function nameOf({ metadata, id }: Server): string {
  return metadata[metadataKeys.notebook] ?? id;
}

/** A short form for progress lines. */
export function shortVm({ id }: Server): string {
  return `VM ${id.slice(0, 8)}…`;
}

/** The create's request UUID; also the nonce of the VM's console lines. */
export function requestOf({ metadata }: Server): string {
  return metadata[metadataKeys.request] ?? '';
}

/** Nova keeps it of deleted VMs, unlike the tags. */
export const descriptionEnd = ' (nubes-nb)';

export function descriptionOf({ owner, name }: Identity): string {
  return `Jupyter notebook ${owner}/${name}${descriptionEnd}`;
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
  const name = server.metadata[metadataKeys.notebook];
  const agrees =
    name !== undefined &&
    server.metadata[metadataKeys.user] === owner.name &&
    server.tags.includes(notebookTag) &&
    server.tags.includes(ownerTag(owner.name)) &&
    server.tags.includes(nameTag(name));
  return agrees ? 'mine' : 'tampered';
}

/** In place of the keys of the cloud team. */
export const noStaffKeys = 'none';

/** Null if the VM does not say so. */
export function staffKeysOf(value: string | undefined): readonly string[] | null {
  if (value === undefined) return null;
  return value === noStaffKeys ? [] : value.split(', ');
}

/** By their names, without the prefix. */
export function labelsOf(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([key]) => key.startsWith(labelPrefix))
      .map(([key, value]) => [key.slice(labelPrefix.length), value]),
  );
}
