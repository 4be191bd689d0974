import { array, boolean, nullish, object, pipe, string, transform } from 'valibot';
import { parseReply } from '../http/response.ts';
import { allPages } from '../paging.ts';
import type { Query, Service } from '../service.ts';

export interface Network {
  readonly id: string;
  readonly name: string;
  /** A pool of floating IPs; members can attach servers to it only if it is shared, too. */
  readonly external: boolean;
  readonly shared: boolean;
  /** Without one, Nova refuses the network. */
  readonly hasSubnet: boolean;
  readonly status: string;
}

const network = pipe(
  object({
    id: string(),
    name: nullish(string(), ''),
    'router:external': nullish(boolean(), false),
    shared: nullish(boolean(), false),
    status: nullish(string(), ''),
    subnets: nullish(array(string())),
  }),
  transform(
    (wire): Network => ({
      id: wire.id,
      name: wire.name,
      external: wire['router:external'],
      shared: wire.shared,
      hasSubnet: wire.subnets?.length !== 0,
      status: wire.status,
    }),
  ),
);
const page = object({
  networks: array(network),
  networks_links: nullish(array(object({ rel: nullish(string()) })), []),
});

/** The visible networks of exactly this name; names need not be unique. */
export async function byName(service: Service, name: string): Promise<Network[]> {
  const found = await listAll(service, { name });
  return found.filter((each) => each.name === name);
}

/** The visible network with this id: one or none. */
export async function byId(service: Service, id: string): Promise<Network[]> {
  return listAll(service, { id });
}

export async function list(service: Service): Promise<Network[]> {
  return listAll(service, {});
}

async function listAll(service: Service, filter: Query): Promise<Network[]> {
  return allPages(service, async (marker) => {
    const reply = await service.get('/networks', { ...filter, marker });
    const { networks, networks_links: links } = parseReply(service, reply, page);
    const more = links.some(({ rel }) => rel === 'next');
    return { items: networks, next: more ? networks.at(-1)?.id : undefined };
  });
}
