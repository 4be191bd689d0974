import { randomUUID } from 'node:crypto';
import { quotaOf } from '../nova/quotas.ts';
import { empty, json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, header, objectBody } from '../requests.ts';
import type { State } from '../state.ts';
import { secondTime } from '../timestamps.ts';
import { neutronError, overQuota } from './errors.ts';
import { listReply } from './lists.ts';
import { portsOf } from './ports.ts';
import type { FloatingIp } from './resources.ts';

/** Of a project, or of all. */
export function listFloatingIps(
  request: CloudRequest,
  state: State,
  projectId: string | undefined,
): Reply {
  const own = state.floatingIps.filter(
    (one) => projectId === undefined || one.projectId === projectId,
  );
  return listReply(
    request,
    'floatingips',
    own.map((one) => floatingIpView(state, one)),
  );
}

export function createFloatingIp(request: CloudRequest, state: State, projectId: string): Reply {
  const wanted = asObject(objectBody(request)?.['floatingip']);
  if (!wanted) return neutronError(400, 'HTTPBadRequest', 'Resource body required');
  const networkId = wanted['floating_network_id'];
  if (typeof networkId !== 'string') {
    const message =
      "Failed to parse request. Required attribute 'floating_network_id' not specified";
    return neutronError(400, 'HTTPBadRequest', message);
  }
  const network = state.networks.find((one) => one.id === networkId);
  if (!network?.external) {
    const problem = `Network ${networkId} is not a valid external network.`;
    return neutronError(400, 'BadRequest', `Bad floatingip request: ${problem}`);
  }
  const own = state.floatingIps.filter((one) => one.projectId === projectId);
  const quota = quotaOf(state, projectId).floatingIps;
  if (quota >= 0 && own.length >= quota) return overQuota('floatingip');
  const portId = typeof wanted['port_id'] === 'string' ? wanted['port_id'] : null;
  if (portId !== null && !hasPort(state, projectId, portId)) return portMissing(portId);
  const floating: FloatingIp = {
    id: randomUUID(),
    projectId,
    networkId,
    address: freeAddress(state, network.cidr),
    description: String(wanted['description'] ?? ''),
    createdAt: request.at,
    portId,
    updatedAt: request.at,
    revision: 0,
  };
  const conflict = refusePort(state, floating, portId);
  if (conflict) return conflict;
  state.floatingIps.push(floating);
  return json(201, { floatingip: floatingIpView(state, floating) });
}

export function updateFloatingIp(
  request: CloudRequest,
  state: State,
  projectId: string,
  id: string,
): Reply {
  const floating = find(state, projectId, id);
  if (!floating) return floatingIpMissing(id);
  const portId = asObject(objectBody(request)?.['floatingip'])?.['port_id'];
  const wanted = typeof portId === 'string' ? portId : null;
  if (wanted !== null && !hasPort(state, projectId, wanted)) return portMissing(wanted);
  const refusal = refuseRevision(request, floating) ?? refusePort(state, floating, wanted);
  if (refusal) return refusal;
  floating.portId = wanted;
  floating.updatedAt = request.at;
  floating.revision += 1;
  return json(200, { floatingip: floatingIpView(state, floating) });
}

export function showFloatingIp(state: State, projectId: string, id: string): Reply {
  const floating = find(state, projectId, id);
  return floating
    ? json(200, { floatingip: floatingIpView(state, floating) })
    : floatingIpMissing(id);
}

export function deleteFloatingIp(state: State, projectId: string, id: string): Reply {
  const floating = find(state, projectId, id);
  if (!floating) return floatingIpMissing(id);
  state.floatingIps.splice(state.floatingIps.indexOf(floating), 1);
  return empty(204);
}

/** `If-Match: revision_number=N` fails the update if the resource has changed since. */
function refuseRevision(request: CloudRequest, { revision }: FloatingIp): Reply | undefined {
  const wanted = /^revision_number=(\d+)$/.exec(header(request, 'if-match'))?.[1];
  if (wanted === undefined || Number(wanted) === revision) return undefined;
  const message = `Constrained to ${wanted}, but current revision is ${revision}`;
  return neutronError(412, 'RevisionNumberConstraintFailed', message);
}

/** A fixed IP may have at most one floating IP per external network. */
function refusePort(
  state: State,
  { id, address, networkId }: FloatingIp,
  portId: string | null,
): Reply | undefined {
  if (portId === null) return undefined;
  const other = state.floatingIps.find(
    (one) => one.portId === portId && one.networkId === networkId && one.id !== id,
  );
  if (other === undefined) return undefined;
  const port = portsOf(state, other.projectId).find(
    ({ attachment }) => attachment.portId === portId,
  );
  const fixed = port?.attachment.address ?? '';
  return neutronError(
    409,
    'FloatingIPPortAlreadyAssociated',
    `Cannot associate floating IP ${address} (${id}) with port ${portId} using fixed IP ${fixed}, as that fixed IP already has a floating IP on external network ${networkId}.`,
  );
}

function find(state: State, projectId: string, id: string): FloatingIp | undefined {
  return state.floatingIps.find((one) => one.id === id && one.projectId === projectId);
}

function floatingIpMissing(id: string): Reply {
  return neutronError(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`);
}

function hasPort(state: State, projectId: string, id: string): boolean {
  return portsOf(state, projectId).some(({ attachment }) => attachment.portId === id);
}

function portMissing(id: string): Reply {
  return neutronError(404, 'PortNotFound', `Port ${id} could not be found.`);
}

function freeAddress(state: State, cidr: string): string {
  const prefix = cidr.split('.').slice(0, 3).join('.');
  const taken = new Set(state.floatingIps.map((one) => one.address));
  let last = 100;
  while (taken.has(`${prefix}.${last}`)) last += 1;
  return `${prefix}.${last}`;
}

function floatingIpView(state: State, floating: FloatingIp): Record<string, unknown> {
  const port = portsOf(state, floating.projectId).find(
    ({ attachment }) => attachment.portId === floating.portId,
  );
  return {
    id: floating.id,
    tenant_id: floating.projectId,
    floating_ip_address: floating.address,
    floating_network_id: floating.networkId,
    router_id: port ? floating.networkId : null,
    port_id: port ? floating.portId : null,
    fixed_ip_address: port?.attachment.address ?? null,
    status: port ? 'ACTIVE' : 'DOWN',
    description: floating.description,
    port_details: port
      ? { device_id: port.server.id, device_owner: 'compute:nova', status: 'ACTIVE' }
      : null,
    tags: [],
    created_at: secondTime(floating.createdAt),
    updated_at: secondTime(floating.updatedAt),
    revision_number: floating.revision,
    project_id: floating.projectId,
  };
}
