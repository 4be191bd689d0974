import { array, nullish, object, string } from 'valibot';
import { parseReply } from '../http/response.ts';
import { allPages } from '../paging.ts';
import type { Query, Service } from '../service.ts';

const pageSize = 1000;
const page = object({
  servers: array(object({ id: string() })),
  servers_links: nullish(array(object({ rel: nullish(string()) })), []),
});
const described = object({ servers: array(object({ description: nullish(string()) })) });

/** Of which project; undefined: of all, for administrators. */
export interface Extent {
  readonly allProjects: boolean;
  readonly projectId: string | undefined;
}

/** The ids of all VMs, whatever they are; cheaper than their details. */
export async function serverIds(compute: Service, extent: Extent): Promise<ReadonlySet<string>> {
  const ids = await allPages(compute, async (marker) => {
    const reply = await compute.get('/servers', { ...wire(extent), limit: pageSize, marker });
    const { servers, servers_links: links } = parseReply(compute, reply, page);
    const more = links.some(({ rel }) => rel === 'next');
    return { items: servers, next: more ? servers.at(-1)?.id : undefined };
  });
  return new Set(ids.map(({ id }) => id));
}

/** The description of a deleted VM, for administrators; undefined if Nova has purged it. */
export async function deletedDescription(
  compute: Service,
  id: string,
): Promise<string | undefined> {
  const query = { all_tenants: true, deleted: true, uuid: id };
  const reply = await compute.get('/servers/detail', query);
  return parseReply(compute, reply, described).servers[0]?.description ?? undefined;
}

function wire({ allProjects, projectId }: Extent): Query {
  return allProjects ? { all_tenants: true, project_id: projectId } : {};
}
