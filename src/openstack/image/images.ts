import { array, nullish, number, object, pipe, string, transform } from 'valibot';
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
  readonly createdAt: Date;
}

const imageSchema = pipe(
  object({
    id: string(),
    name: nullish(string(), ''),
    status: string(),
    min_disk: nullish(number(), 0),
    min_ram: nullish(number(), 0),
    created_at: timestamp,
  }),
  transform(
    (wire): Image => ({
      id: wire.id,
      name: wire.name,
      status: wire.status,
      minDiskGiB: wire.min_disk,
      minRamMiB: wire.min_ram,
      createdAt: wire.created_at,
    }),
  ),
);
const page = object({ images: array(imageSchema), next: nullish(string()) });

/** Active images of exactly this name, newest first: sites reuse the name for each new image. */
export async function byName(image: Service, name: string): Promise<Image[]> {
  const found = await listActive(image, { name });
  return found.filter((each) => each.name === name);
}

/** All active images, newest first. */
export async function list(image: Service): Promise<Image[]> {
  return listActive(image, {});
}

async function listActive(image: Service, filter: Query): Promise<Image[]> {
  const query = { ...filter, status: 'active', sort: 'created_at:desc', limit: 200 };
  return allPages(image, async (marker) => {
    const reply = await image.get('/images', { ...query, marker });
    const { images, next } = parseReply(image, reply, page);
    return { items: images, next: next ? images.at(-1)?.id : undefined };
  });
}
