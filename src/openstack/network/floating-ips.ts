import { array, nullish, number, object, pipe, string, transform } from 'valibot';
import { read } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  /** The external network that it is of. */
  readonly networkId: string;
  /** Null: nobody uses it. */
  readonly portId: string | null;
  readonly description: string;
  /** Counts its changes. */
  readonly revision: number | undefined;
}

const floatingIp = pipe(
  object({
    id: string(),
    floating_ip_address: string(),
    floating_network_id: string(),
    port_id: nullish(string()),
    description: nullish(string(), ''),
    revision_number: nullish(number()),
  }),
  transform(
    (wire): FloatingIp => ({
      id: wire.id,
      address: wire.floating_ip_address,
      networkId: wire.floating_network_id,
      portId: wire.port_id ?? null,
      description: wire.description,
      revision: wire.revision_number ?? undefined,
    }),
  ),
);
const listed = object({ floatingips: array(floatingIp) });
const one = object({ floatingip: floatingIp });

/** A project's own. */
export async function list(service: Service, projectId: string): Promise<FloatingIp[]> {
  const reply = await service.get('/floatingips', { project_id: projectId });
  return read(service, reply, listed).floatingips.filter(({ address }) => address !== '');
}

/**
 * Makes one on an external network, for a port. Sent once, because a second one would cost quota. Throws
 * ApiError 409 `OverQuota`, and 409 `FloatingIPPortAlreadyAssociated` where the port has one.
 */
export async function create(
  service: Service,
  wanted: { readonly networkId: string; readonly portId: string; readonly description: string },
): Promise<FloatingIp> {
  const floatingip = {
    floating_network_id: wanted.networkId,
    port_id: wanted.portId,
    description: wanted.description,
  };
  const reply = await service.post('/floatingips', { floatingip }, { once: true });
  return read(service, reply, one).floatingip;
}

/** Gives a free one to a port. Throws ApiError 412 when somebody has changed it meanwhile. */
export async function attach(
  service: Service,
  { id, revision }: FloatingIp,
  portId: string,
): Promise<FloatingIp> {
  const body = { floatingip: { port_id: portId } };
  const condition =
    revision === undefined ? undefined : { 'If-Match': `revision_number=${revision}` };
  const reply = await service.put(`/floatingips/${encodeURIComponent(id)}`, body, condition);
  return read(service, reply, one).floatingip;
}

export async function remove(service: Service, id: string): Promise<void> {
  await service.delete(`/floatingips/${encodeURIComponent(id)}`);
}
