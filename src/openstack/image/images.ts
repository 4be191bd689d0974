import { array, boolean, nullish, number, object, pipe, string, transform } from 'valibot';
import { isStatus } from '../errors.ts';
import { parseReply } from '../http/response.ts';
import { allPages } from '../paging.ts';
import type { Query, Service } from '../service.ts';
import { timestamp } from '../timestamps.ts';

export interface Image {
  readonly id: string;
  readonly name: string;
  /** active, deactivated, queued... */
  readonly status: string;
  readonly minDiskGiB: number;
  readonly minRamMiB: number;
  /** What its data takes on a disk; 0 if Glance does not say. */
  readonly bytes: number;
  /** public, private, shared or community. */
  readonly visibility: string;
  /** The id of the project that it belongs to. */
  readonly owner: string;
  readonly createdAt: Date;
  /** Left out of lists that do not ask for hidden images. */
  readonly hidden: boolean;
  /** Property `nubes_nb`: whether it has Jupyter. Undefined: the image does not say. */
  readonly hasJupyter: boolean | undefined;
  /** What is installed, as the image's properties say; "" if they do not. */
  readonly software: string;
  /** Property `nubes_nb_admin_keys`: public SSH keys of the cloud team, one a line; "" without. */
  readonly adminKeys: string;
}

/** What Glance and its users write for yes and no. */
const truthValues: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, '1': true, on: true },
  ...{ false: false, no: false, '0': false, off: false },
};

const imageSchema = pipe(
  object({
    id: string(),
    name: nullish(string(), ''),
    status: string(),
    min_disk: nullish(number(), 0),
    min_ram: nullish(number(), 0),
    size: nullish(number(), 0),
    virtual_size: nullish(number(), 0),
    visibility: nullish(string(), ''),
    owner: nullish(string(), ''),
    created_at: timestamp,
    os_hidden: nullish(boolean(), false),
    nubes_nb: nullish(string(), ''),
    nubes_nb_software: nullish(string(), ''),
    nubes_nb_admin_keys: nullish(string(), ''),
    os_distro: nullish(string(), ''),
    os_version: nullish(string(), ''),
  }),
  transform(
    (wire): Image => ({
      id: wire.id,
      name: wire.name,
      status: wire.status,
      minDiskGiB: wire.min_disk,
      minRamMiB: wire.min_ram,
      bytes: Math.max(wire.size, wire.virtual_size),
      visibility: wire.visibility,
      owner: wire.owner,
      createdAt: wire.created_at,
      hidden: wire.os_hidden,
      hasJupyter: truthValues[wire.nubes_nb.trim().toLowerCase()],
      software: wire.nubes_nb_software || `${wire.os_distro} ${wire.os_version}`.trim(),
      adminKeys: wire.nubes_nb_admin_keys,
    }),
  ),
);
const page = object({ images: array(imageSchema), next: nullish(string()) });

/** Active images of exactly this name, newest first: sites reuse the name for each new image. */
export async function byName(image: Service, name: string): Promise<Image[]> {
  return exactly(name, await listAll(image, { name: nameFilter(name), status: 'active' }));
}

/**
 * Images of exactly this name, in any status, that the list leaves out: hidden ones of the project, or all
 * that the project can read by id, which includes community images and shares that it has not accepted.
 */
export async function byNameUnlisted(
  image: Service,
  name: string,
  which: 'hidden' | 'readable',
): Promise<Image[]> {
  const filter =
    which === 'hidden' ? { os_hidden: 'true' } : { visibility: 'all', member_status: 'all' };
  return exactly(name, await listAll(image, { ...filter, name: nameFilter(name) }));
}

/** Undefined if the project can read no image of this id. */
export async function show(image: Service, id: string): Promise<Image | undefined> {
  try {
    const reply = await image.get(`/images/${encodeURIComponent(id.toLowerCase())}`);
    return parseReply(image, reply, imageSchema);
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** The smallest disk, in GiB, that the image's data fit on. */
export function neededDiskGiB({ minDiskGiB, bytes }: Image): number {
  return Math.max(minDiskGiB, Math.ceil(bytes / 2 ** 30));
}

/** Glance reads what is before the first colon as an operator. */
function nameFilter(name: string): string {
  return name.includes(':') ? `eq:${name}` : name;
}

function exactly(name: string, found: readonly Image[]): Image[] {
  return found.filter((each) => each.name === name);
}

/** All active images, newest first. */
export async function list(image: Service): Promise<Image[]> {
  return listAll(image, { status: 'active' });
}

/** All images in any status, hidden ones included, newest first. */
export async function listEvery(image: Service): Promise<Image[]> {
  return withHidden(image, {});
}

/** All deactivated images, hidden ones included, newest first. */
export async function listDeactivated(image: Service): Promise<Image[]> {
  return withHidden(image, { status: 'deactivated' });
}

/** Of all images that the caller can read, by their ids; hidden ones and those of the community included. */
export async function statuses(image: Service): Promise<ReadonlyMap<string, string>> {
  const found = await withHidden(image, { visibility: 'all', member_status: 'all' });
  return new Map(found.map(({ id, status }) => [id, status]));
}

async function withHidden(image: Service, filter: Query): Promise<Image[]> {
  const lists = [filter, { ...filter, os_hidden: 'true' }].map((each) => listAll(image, each));
  const found = (await Promise.all(lists)).flat();
  return found.sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
}

async function listAll(image: Service, filter: Query): Promise<Image[]> {
  const query = { ...filter, sort: 'created_at:desc', limit: 200 };
  return allPages(image, async (marker) => {
    const reply = await image.get('/images', { ...query, marker });
    const { images, next } = parseReply(image, reply, page);
    return { items: images, next: next ? images.at(-1)?.id : undefined };
  });
}
