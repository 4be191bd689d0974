import { randomUUID } from 'node:crypto';
import { type AuthContext, authContextOf, unauthorized } from '../auth.ts';
import { empty, json, notFoundDetail, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import { dispatch, type Route, route } from '../router.ts';
import type { Network } from '../site-resources.ts';
import type { State } from '../state.ts';
import { secondTime } from '../timestamps.ts';
import { disallowed, neutronError } from './errors.ts';
import {
  createFloatingIp,
  deleteFloatingIp,
  listFloatingIps,
  showFloatingIp,
  updateFloatingIp,
} from './floating-ips.ts';
import { listReply } from './lists.ts';
import { portsOf, portView } from './ports.ts';
import { createGroup, createRule, deleteGroup, listGroups, showGroup } from './security-groups.ts';

/** Neutron 21: the networks, ports, security groups and floating IPs that notebooks need. */
export async function neutron(state: State, request: CloudRequest): Promise<Reply> {
  if (request.path === '/') return json(200, { versions: [version(request.origin)] });
  const auth = authContextOf(state, request);
  if (!auth) return unauthorized(state);
  if (hasBody(request) && !objectBody(request)) {
    const message = 'Malformed request body: Cannot understand JSON.';
    return neutronError(400, 'MalformedRequestBody', message);
  }
  const call = { state, auth, projectId: auth.projectId ?? '' };
  const reply = await dispatch(routes, request, call);
  return reply ?? neutronError(404, 'HTTPNotFound', notFoundDetail);
}

function hasBody({ method }: CloudRequest): boolean {
  return method === 'POST' || method === 'PUT';
}

function version(origin: string): object {
  return { id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${origin}/v2.0/` }] };
}

interface Call {
  readonly state: State;
  readonly auth: AuthContext;
  readonly projectId: string;
}

const groups = '/v2.0/security-groups';
const floatingIps = '/v2.0/floatingips';

const routes: readonly Route<Call>[] = [
  route('GET', '/v2.0/networks', (request, { state }) =>
    listReply(request, 'networks', state.networks.map(networkView)),
  ),
  route('GET', '/v2.0/networks/{id}', (_, { state }, [id = '']) => {
    const network = state.networks.find((one) => one.id === id);
    return network ? json(200, { network: networkView(network) }) : networkMissing(id);
  }),
  route('POST', '/v2.0/networks', createNetwork),
  route('DELETE', '/v2.0/networks/{id}', (_, { state, projectId }, [id = '']) => {
    const own = state.networks.findIndex((one) => one.id === id && one.owner === projectId);
    if (own < 0) return disallowed('rule:delete_network');
    state.networks.splice(own, 1);
    return empty(204);
  }),
  route('GET', '/v2.0/ports', (request, call) =>
    listReply(
      request,
      'ports',
      portsOf(call.state, visible(call)).map((port) => portView(call.state, port)),
    ),
  ),
  route('GET', groups, (request, call) => listGroups(request, call.state, visible(call))),
  route('POST', groups, (request, { state, projectId }) => createGroup(request, state, projectId)),
  route('GET', `${groups}/{id}`, (_, { state, projectId }, [id = '']) =>
    showGroup(state, projectId, id),
  ),
  route('DELETE', `${groups}/{id}`, (_, { state, projectId }, [id = '']) =>
    deleteGroup(state, projectId, id),
  ),
  route('POST', '/v2.0/security-group-rules', (request, { state, projectId }) =>
    createRule(request, state, projectId),
  ),
  route('GET', floatingIps, (request, call) => listFloatingIps(request, call.state, visible(call))),
  route('POST', floatingIps, (request, { state, projectId }) =>
    createFloatingIp(request, state, projectId),
  ),
  route('GET', `${floatingIps}/{id}`, (_, { state, projectId }, [id = '']) =>
    showFloatingIp(state, projectId, id),
  ),
  route('PUT', `${floatingIps}/{id}`, (request, { state, projectId }, [id = '']) =>
    updateFloatingIp(request, state, projectId, id),
  ),
  route('DELETE', `${floatingIps}/{id}`, (_, { state, projectId }, [id = '']) =>
    deleteFloatingIp(state, projectId, id),
  ),
];

/** The project whose things the caller sees; undefined: an administrator sees those of all. */
function visible({ auth, projectId }: Call): string | undefined {
  return auth.admin ? undefined : projectId;
}

/** A network of the project, without a subnet. */
function createNetwork(request: CloudRequest, { state, projectId }: Call): Reply {
  const wanted = asObject(objectBody(request)?.['network']) ?? {};
  if (wanted['shared'] === true || wanted['router:external'] === true) {
    return disallowed('(rule:create_network and rule:create_network:shared)');
  }
  const network: Network = {
    id: randomUUID(),
    subnetId: undefined,
    name: String(wanted['name'] ?? ''),
    external: false,
    shared: false,
    cidr: '192.0.2.0/24',
    owner: projectId,
    createdAt: request.at,
  };
  state.networks.push(network);
  return json(201, { network: networkView(network) });
}

function networkMissing(id: string): Reply {
  return neutronError(404, 'NetworkNotFound', `Network ${id} could not be found.`);
}

function networkView(network: Network): Record<string, unknown> {
  return {
    id: network.id,
    name: network.name,
    tenant_id: network.owner,
    admin_state_up: true,
    mtu: 1500,
    status: 'ACTIVE',
    subnets: network.subnetId === undefined ? [] : [network.subnetId],
    shared: network.shared,
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': network.external,
    description: '',
    port_security_enabled: true,
    tags: [],
    created_at: secondTime(network.createdAt),
    updated_at: secondTime(network.createdAt),
    revision_number: 2,
    project_id: network.owner,
  };
}
