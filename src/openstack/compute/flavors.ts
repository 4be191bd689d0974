import {
  array,
  boolean,
  nullish,
  number,
  object,
  optional,
  pipe,
  record,
  string,
  transform,
  union,
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
  /** A second disk, which a rebuild or a resize may empty. */
  readonly ephemeralGiB: number;
  readonly swapMiB: number;
  /** Empty if the policy does not show them. */
  readonly extraSpecs: Readonly<Record<string, string>>;
}

const flavor = pipe(
  object({
    id: string(),
    name: string(),
    vcpus: number(),
    ram: number(),
    disk: number(),
    'OS-FLV-DISABLED:disabled': optional(boolean(), false),
    'OS-FLV-EXT-DATA:ephemeral': optional(number(), 0),
    /** "" for none before 2.75. */
    swap: optional(union([number(), string()]), 0),
    /** Since 2.61. */
    extra_specs: optional(record(string(), string()), {}),
  }),
  transform(
    (wire): Flavor => ({
      id: wire.id,
      name: wire.name,
      vcpus: wire.vcpus,
      ramMiB: wire.ram,
      diskGiB: wire.disk,
      disabled: wire['OS-FLV-DISABLED:disabled'],
      ephemeralGiB: wire['OS-FLV-EXT-DATA:ephemeral'],
      swapMiB: Number(wire.swap) || 0,
      extraSpecs: wire.extra_specs,
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
