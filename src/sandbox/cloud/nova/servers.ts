import { empty, json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import { microTime } from '../timestamps.ts';
import {
  findServer,
  findShown,
  lockRefusal,
  type NovaCall,
  recordAction,
  withServer,
} from './call.ts';
import { badRequest, instanceNotFound, malformedBody, novaError } from './errors.ts';
import { orderOf, selectServers } from './filters.ts';
import { startTransition } from './lifecycle.ts';
import { refuseName, refuseUnknown } from './schema.ts';
import type { ServerAction, ServerRecord } from './server-record.ts';
import { serverLinks, serverView } from './views.ts';

export const listServers = listing('index');
export const listServersInDetail = listing('detail');

function listing(kind: 'index' | 'detail') {
  return (request: CloudRequest, call: NovaCall): Reply => {
    const selected = selectServers(request, call, kind);
    if (!Array.isArray(selected)) return selected;
    const marker = request.query.get('marker');
    const start = marker === null ? 0 : startAfter(marker, selected, request, call);
    if (start === undefined) return badRequest(`marker [${marker}] not found`);
    const { maxListedServers: maxLimit } = call.state;
    const limit = Math.min(Number(request.query.get('limit') || maxLimit), maxLimit);
    const page = selected.slice(start, start + limit);
    const view = kind === 'detail' ? serverView : briefView;
    return json(200, {
      servers: page.map((server) => view(call, server, false)),
      ...nextLink(request, page, limit),
    });
  };
}

/** Nova compares with the marker, which may be deleted or not be selected. */
function startAfter(
  marker: string,
  selected: readonly ServerRecord[],
  { query }: CloudRequest,
  { state, auth }: NovaCall,
): number | undefined {
  const last = state.servers.get(marker);
  if (!last || (last.projectId !== auth.projectId && !auth.admin)) return undefined;
  const order = orderOf(query);
  const start = selected.findIndex((server) => order(server, last) > 0);
  return start < 0 ? selected.length : start;
}

function briefView(call: NovaCall, { id, name }: ServerRecord): object {
  return { id, name, links: serverLinks(call, id) };
}

/** Nova adds a next link to every full page, even if it is the last. */
function nextLink(request: CloudRequest, page: readonly ServerRecord[], limit: number): object {
  const last = page.at(-1);
  if (!last || page.length < limit) return {};
  const query = new URLSearchParams(request.query);
  query.set('marker', last.id);
  const href = `${request.origin}${request.path}?${query}`;
  return { servers_links: [{ rel: 'next', href }] };
}

export function showServer(_: CloudRequest, call: NovaCall, [id = '']: readonly string[]): Reply {
  const server = findShown(call, id);
  return server ? json(200, { server: serverView(call, server) }) : instanceNotFound(id);
}

/** `PUT`: name and description. The host name does not change. */
export function updateServer(
  request: CloudRequest,
  call: NovaCall,
  [id = '']: readonly string[],
): Reply {
  const wanted = asObject(objectBody(request)?.['server']);
  if (!wanted) return malformedBody();
  const refusal =
    refuseUnknown(wanted, 'server', (key) => call.version >= (editableSinceMinor[key] ?? 999)) ??
    (wanted['name'] === undefined ? undefined : refuseName(wanted['name']));
  if (refusal) return refusal;
  return withServer(call, id, (server) => {
    if (typeof wanted['name'] === 'string') server.name = wanted['name'];
    if (typeof wanted['description'] === 'string') server.description = wanted['description'];
    if (wanted['description'] === null) server.description = null;
    server.updated = request.at;
    return json(200, { server: serverView(call, server) });
  });
}

const editableSinceMinor: Readonly<Record<string, number>> = {
  name: 1,
  'OS-DCF:diskConfig': 1,
  accessIPv4: 1,
  accessIPv6: 1,
  description: 19,
  hostname: 90,
};

/** `DELETE`: 204 even while the server is already being deleted. */
export function deleteServer(
  request: CloudRequest,
  call: NovaCall,
  [id = '']: readonly string[],
): Reply {
  return withServer(call, id, (server) => {
    const locked = lockRefusal(server, call);
    if (locked) return locked;
    if (server.pending?.goal === 'delete') return noContent;
    const taskState = server.taskState;
    const unmarkedMs = request.faults.get('unmarked-delete');
    startTransition(server, 'delete', 'deleting', unmarkedMs ?? call.state.timings.deleteMs, {
      at: request.at,
      tokenId: call.auth.token.id,
    });
    if (unmarkedMs !== undefined) server.taskState = taskState;
    recordAction(server, request, call, 'delete');
    call.state.vms.onChange?.(server);
    return noContent;
  });
}

/** Nova sends a content type even without content. */
export const noContent = empty(204, { 'Content-Type': 'application/json' });

/** The actions on a server, newest first; kept after its deletion. */
export function listActions(_: CloudRequest, call: NovaCall, [id = '']: readonly string[]): Reply {
  const server = call.state.servers.get(id);
  if (!server || (server.projectId !== call.auth.projectId && !call.auth.admin)) {
    return instanceNotFound(id);
  }
  const view = (one: ServerAction) => actionView(id, one);
  return json(200, { instanceActions: server.actions.map(view).reverse() });
}

export function showAction(
  _: CloudRequest,
  call: NovaCall,
  [id = '', wanted = '']: readonly string[],
): Reply {
  const server = findServer(call, id);
  if (!server) return instanceNotFound(id);
  const action = server.actions.find((one) => one.requestId === wanted);
  if (!action) return novaError(404, `Action ${wanted} not found`);
  const { failedEvent } = action;
  const events =
    failedEvent === undefined
      ? []
      : [
          {
            event: failedEvent,
            start_time: microTime(action.startTime),
            finish_time: microTime(action.updatedAt),
            result: 'Error',
          },
        ];
  return json(200, { instanceAction: { ...actionView(id, action), events } });
}

function actionView(id: string, action: ServerAction): object {
  return {
    action: action.action,
    instance_uuid: id,
    request_id: action.requestId,
    user_id: action.userId,
    project_id: action.projectId,
    start_time: microTime(action.startTime),
    message: action.failedEvent === undefined ? null : 'Error',
    updated_at: microTime(action.updatedAt),
  };
}

export function listInterfaces(
  _: CloudRequest,
  call: NovaCall,
  [id = '']: readonly string[],
): Reply {
  return withServer(call, id, (server) =>
    json(200, {
      interfaceAttachments: server.attachments
        .filter(({ address }) => address !== undefined)
        .map((one) => ({
          net_id: one.networkId,
          port_id: one.portId,
          mac_addr: one.mac,
          port_state: 'ACTIVE',
          fixed_ips: [{ subnet_id: subnetOf(call, one.networkId), ip_address: one.address }],
          ...(call.version >= 70 && { tag: null }),
        })),
    }),
  );
}

function subnetOf({ state }: NovaCall, networkId: string): string {
  return state.networks.find((network) => network.id === networkId)?.subnetId ?? '';
}
