import {
  array,
  boolean,
  nullish,
  number,
  object,
  optional,
  pipe,
  string,
  transform,
} from 'valibot';
import { parseReply } from '../http/response.ts';
import { allPages } from '../paging.ts';
import type { Service } from '../service.ts';

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly disabled: boolean;
}

const flavor = pipe(
  object({
    id: string(),
    name: string(),
    vcpus: number(),
    ram: number(),
    disk: number(),
    'OS-FLV-DISABLED:disabled': optional(boolean(), false),
  }),
  transform(
    (wire): Flavor => ({
      id: wire.id,
      name: wire.name,
      vcpus: wire.vcpus,
      ramMiB: wire.ram,
      diskGiB: wire.disk,
      disabled: wire['OS-FLV-DISABLED:disabled'],
    }),
  ),
);
const page = object({
  flavors: array(flavor),
  flavors_links: nullish(array(object({ rel: nullish(string()) })), []),
});

/** All flavors that the project may use. Nova filters them by name only since 2.102. */
export async function list(compute: Service): Promise<Flavor[]> {
  return allPages(compute, async (marker) => {
    const reply = await compute.get('/flavors/detail', { marker });
    const { flavors, flavors_links: links } = parseReply(compute, reply, page);
    const more = links.some(({ rel }) => rel === 'next');
    return { items: flavors, next: more ? flavors.at(-1)?.id : undefined };
  });
}
