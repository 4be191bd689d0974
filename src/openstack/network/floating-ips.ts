import { array, nullish, number, object, pipe, string, transform } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  /** The external network. */
  readonly networkId: string;
  /** Null if it is free. */
  readonly portId: string | null;
  readonly description: string;
  /** Neutron increases it with each change. */
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
const many = object({ floatingips: array(floatingIp) });
const single = object({ floatingip: floatingIp });

export async function list(service: Service, projectId: string): Promise<FloatingIp[]> {
  const reply = await service.get('/floatingips', { project_id: projectId });
  return parseReply(service, reply, many).floatingips.filter(({ address }) => address !== '');
}

/**
 * Sent once, because a second floating IP would use quota. Throws ApiError 409 `OverQuota`, and 409
 * `FloatingIPPortAlreadyAssociated` if the port has one.
 */
export async function create(
  service: Service,
  spec: { readonly networkId: string; readonly portId: string; readonly description: string },
): Promise<FloatingIp> {
  const floatingip = {
    floating_network_id: spec.networkId,
    port_id: spec.portId,
    description: spec.description,
  };
  const reply = await service.post('/floatingips', { floatingip }, { once: true });
  return parseReply(service, reply, single).floatingip;
}

/** Associates a free one with a port. Throws ApiError 412 if it was changed since it was read. */
export async function attach(
  service: Service,
  { id, revision }: FloatingIp,
  portId: string,
): Promise<FloatingIp> {
  const body = { floatingip: { port_id: portId } };
  const condition =
    revision === undefined ? undefined : { 'If-Match': `revision_number=${revision}` };
  const reply = await service.put(`/floatingips/${encodeURIComponent(id)}`, body, condition);
  return parseReply(service, reply, single).floatingip;
}

export async function remove(service: Service, id: string): Promise<void> {
  await service.delete(`/floatingips/${encodeURIComponent(id)}`);
}
