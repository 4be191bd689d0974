import type { Reply } from '../replies.ts';
import type { CloudRequest } from '../requests.ts';
import { parseTime } from '../timestamps.ts';
import type { NovaCall } from './call.ts';
import { badRequest, invalidQuery, novaError, policyForbids } from './errors.ts';
import { knownStatuses, type ServerRecord, statusOf } from './server-record.ts';

/** The servers that match a list request, newest first, or Nova's error for an invalid query. */
export function selectServers(
  request: CloudRequest,
  call: NovaCall,
  listing: 'index' | 'detail',
): ServerRecord[] | Reply {
  const refusal = refuseQuery(request, call, listing);
  if (refusal) return refusal;
  const { query } = request;
  const since = parseTime(query.get('changes-since') ?? '');
  const wanted = predicates(query, call.version);
  const allProjects = call.auth.admin && isTrue(query.get('all_tenants'));
  const project = allProjects ? (query.get('project_id') ?? undefined) : call.auth.projectId;
  const onlyDeleted = call.auth.admin && query.has('deleted') && isTrue(query.get('deleted'));
  const kept = [...call.state.servers.values()].filter(
    (server) =>
      (project === undefined || server.projectId === project) &&
      (since ? server.updated >= since : (server.vmState === 'deleted') === onlyDeleted) &&
      !(server.hiddenUntil && server.hiddenUntil > request.at) &&
      wanted.every((test) => test(server)),
  );
  return kept.sort(orderOf(query));
}

function isTrue(value: string | null): boolean {
  return value !== null && ['1', 'true', 'yes', 'on', ''].includes(value.toLowerCase());
}

type Predicate = (server: ServerRecord) => boolean;

/** For a repeated parameter, Nova uses the last value, except for `status`. */
function predicates(query: URLSearchParams, version: number): Predicate[] {
  const last = (key: string) => query.getAll(key).at(-1);
  const found: Predicate[] = [];
  const name = last('name');
  if (name !== undefined) {
    const pattern = new RegExp(name, 'i');
    found.push((server) => pattern.test(server.name));
  }
  const statuses = query.getAll('status').map((status) => status.toUpperCase());
  if (statuses.length > 0) found.push((server) => statuses.includes(statusOf(server)));
  const exact: [string, number, (server: ServerRecord) => unknown][] = [
    ['uuid', 1, (server) => server.id],
    ['image', 1, (server) => server.imageId],
    ['flavor', 1, (server) => server.flavor.id],
    ['user_id', 83, (server) => server.userId],
    ['key_name', 83, (server) => server.keyName],
    ['locked', 73, (server) => String(server.locked)],
    ['vm_state', 83, (server) => server.vmState],
    ['task_state', 83, (server) => server.taskState],
  ];
  for (const [key, from, value] of exact) {
    const wanted = last(key);
    if (wanted !== undefined && version >= from) found.push((one) => value(one) === wanted);
  }
  return version >= 26 ? [...found, ...tagPredicates(last)] : found;
}

function tagPredicates(last: (key: string) => string | undefined): Predicate[] {
  const found: Predicate[] = [];
  const add = (key: string, test: (wanted: string[], tags: readonly string[]) => boolean) => {
    const wanted = last(key)?.split(',');
    if (wanted) found.push((server) => test(wanted, server.tags));
  };
  add('tags', (wanted, tags) => wanted.every((tag) => tags.includes(tag)));
  add('tags-any', (wanted, tags) => wanted.some((tag) => tags.includes(tag)));
  add('not-tags', (wanted, tags) => !wanted.every((tag) => tags.includes(tag)));
  add('not-tags-any', (wanted, tags) => !wanted.some((tag) => tags.includes(tag)));
  return found;
}

/** The order of a list, newest first by default. */
export function orderOf(
  query: URLSearchParams,
): (one: ServerRecord, other: ServerRecord) => number {
  const key = query.get('sort_key') ?? 'created_at';
  const sign = query.get('sort_dir') === 'asc' ? 1 : -1;
  const value = (server: ServerRecord): string | number => {
    if (key === 'display_name') return server.name;
    if (key === 'updated_at') return server.updated.getTime();
    if (key === 'uuid') return server.id;
    return Math.floor(server.created.getTime() / 1000);
  };
  return (one, other) => {
    const [left, right] = [value(one), value(other)];
    if (left === right) return sign * (one.number - other.number);
    return left < right ? -sign : sign;
  };
}

function refuseQuery(
  { query }: CloudRequest,
  { auth, version }: NovaCall,
  listing: 'index' | 'detail',
): Reply | undefined {
  for (const [key, value] of query) {
    const problem = problemWith(key, value);
    if (problem) return invalidQuery(key, value, problem);
    if (version >= 75 && !knownParameters.has(key) && !key.startsWith('_')) {
      return badRequest(`'${key}' does not match any of the regexes: '^_'`);
    }
    if (key === 'status' && !knownStatuses.has(value.toUpperCase())) {
      return badRequest('Invalid status value');
    }
    if (key === 'status' && value.toUpperCase() === 'DELETED' && !auth.admin) {
      return novaError(403, 'Only administrators may list deleted instances');
    }
  }
  if (query.has('all_tenants') && isTrue(query.get('all_tenants')) && !auth.admin) {
    return policyForbids(`os_compute_api:servers:${listing}:get_all_tenants`);
  }
  return undefined;
}

function problemWith(key: string, value: string): string | undefined {
  if (key === 'limit' && !/^[0-9]*$/.test(value)) return `'${value}' does not match '^[0-9]*$'`;
  if (key === 'changes-since' && !parseTime(value)) return `'${value}' is not a 'date-time'`;
  if (key === 'sort_key' && !sortKeys.includes(value)) {
    return `'${value}' is not one of [${sortKeys.map((one) => `'${one}'`).join(', ')}]`;
  }
  return patternParameters.has(key) && !isPattern(value)
    ? `'${value}' is not a 'regex'`
    : undefined;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== '' && text !== '';
  } catch {
    return false;
  }
}

const patternParameters = new Set(['name', 'tags', 'tags-any', 'not-tags', 'not-tags-any', 'ip']);

const sortKeys = [
  ...['locked', 'node', 'created_at', 'config_drive', 'launch_index', 'host', 'access_ip_v6'],
  ...['kernel_id', 'progress', 'instance_type_id', 'terminated_at', 'access_ip_v4', 'uuid'],
  ...['key_name', 'task_state', 'availability_zone', 'project_id', 'vm_state', 'user_id'],
  ...['display_description', 'ramdisk_id', 'launched_at', 'root_device_name', 'power_state'],
  ...['updated_at', 'hostname', 'image_ref', 'auto_disk_config', 'locked_by', 'display_name'],
];

const knownParameters = new Set([
  ...['limit', 'marker', 'sort_key', 'sort_dir', 'all_tenants', 'name', 'status', 'image'],
  ...['flavor', 'ip', 'ip6', 'changes-since', 'changes-before', 'deleted', 'user_id', 'tenant_id'],
  ...['project_id', 'key_name', 'host', 'hostname', 'node', 'uuid', 'vm_state', 'task_state'],
  ...['power_state', 'availability_zone', 'reservation_id', 'created_at', 'launched_at', 'locked'],
  ...['terminated_at', 'description', 'display_description', 'config_drive', 'locked_by'],
  ...['root_device_name', 'progress', 'auto_disk_config', 'access_ip_v4', 'access_ip_v6'],
  ...['soft_deleted', 'tags', 'tags-any', 'not-tags', 'not-tags-any', 'launch_index', 'image_ref'],
  ...['kernel_id', 'ramdisk_id', 'tenant_name', 'changes_since'],
]);
