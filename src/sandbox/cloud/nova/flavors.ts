import { json, type Reply } from '../replies.ts';
import type { CloudRequest } from '../requests.ts';
import { type Route, route } from '../router.ts';
import type { Flavor } from '../site-resources.ts';
import type { NovaCall } from './call.ts';
import { badRequest, novaError } from './errors.ts';
import { links } from './views.ts';

/** Flavors. Nova cannot filter them by name. */
export const flavorRoutes: readonly Route<NovaCall>[] = [
  route('GET', '/v2.1/flavors', listing(briefView)),
  route('GET', '/v2.1/flavors/detail', listing(detailView)),
  route('GET', '/v2.1/flavors/{id}', (_, call, [id = '']) => {
    const flavor = call.state.flavors.find((one) => one.id === id);
    if (!flavor) return novaError(404, `Flavor ${id} could not be found.`);
    return json(200, { flavor: detailView(call, flavor) });
  }),
];

function listing(view: (call: NovaCall, flavor: Flavor) => object) {
  return (request: CloudRequest, call: NovaCall): Reply => {
    const { flavors } = call.state;
    const marker = request.query.get('marker');
    const start = marker === null ? 0 : flavors.findIndex(({ id }) => id === marker) + 1;
    if (marker !== null && start === 0) return badRequest(`marker [${marker}] not found`);
    const limit = Number(request.query.get('limit') ?? 1000);
    const page = flavors.slice(start, start + limit);
    const last = page.length === limit ? page.at(-1) : undefined;
    const query = new URLSearchParams(request.query);
    query.set('marker', last?.id ?? '');
    const href = `${request.origin}${request.path}?${query}`;
    return json(200, {
      flavors: page.map((flavor) => view(call, flavor)),
      ...(last && { flavors_links: [{ rel: 'next', href }] }),
    });
  };
}

function briefView(call: NovaCall, { id, name }: Flavor): object {
  return {
    id,
    name,
    links: links(call.state.origins.compute, 'flavors', id),
    ...(call.version >= 55 && { description: null }),
  };
}

function detailView(call: NovaCall, flavor: Flavor): object {
  return {
    id: flavor.id,
    name: flavor.name,
    ram: flavor.ram,
    disk: flavor.disk,
    swap: call.version >= 75 ? 0 : '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    vcpus: flavor.vcpus,
    'os-flavor-access:is_public': true,
    rxtx_factor: 1,
    links: links(call.state.origins.compute, 'flavors', flavor.id),
    ...(call.version >= 55 && { description: null }),
    ...(call.version >= 61 && { extra_specs: flavor.extraSpecs ?? {} }),
  };
}
