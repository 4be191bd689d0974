import { array, nullable, nullish, object, string } from 'valibot';
import { rfc3339 } from '../../rfc3339.ts';
import { ApiError, isStatus } from '../errors.ts';
import { parseReply } from '../http/response.ts';
import { allPages, eachPage, type Page } from '../paging.ts';
import type { Query, Service } from '../service.ts';
import { type Server, serverSchema } from './server.ts';
import { atLeast } from './versions.ts';

export type { Address, Server } from './server.ts';

export interface ServerQuery {
  /** A server must have all of them. */
  readonly tags?: readonly string[] | undefined;
  readonly userId?: string | undefined;
  /** Created with the key pair of this name. */
  readonly keyName?: string | undefined;
  /** Also shows servers deleted since then, with status DELETED. */
  readonly changesSince?: Date | undefined;
  /** Those of all projects, for administrators; false by default. */
  readonly allProjects?: boolean | undefined;
  /** Only of this project, among those of all. */
  readonly projectId?: string | undefined;
}

export interface ServerSpec {
  readonly name: string;
  readonly imageId: string;
  readonly flavorId: string;
  readonly keyName: string | undefined;
  readonly networkId: string;
  readonly securityGroups?: readonly string[] | undefined;
  /** Base64, at most 65,535 characters. */
  readonly userData: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly description: string;
  readonly configDrive: boolean;
}

const pageSize = 1000;
const page = object({
  servers: array(serverSchema),
  servers_links: nullish(array(object({ rel: nullish(string()) })), []),
});
const single = object({ server: serverSchema });
const created = object({ server: object({ id: string() }) });
const output = object({ output: nullable(string()) });

/** The matching servers, and Nova's own time just before it read them. */
export async function list(
  compute: Service,
  query: ServerQuery = {},
): Promise<{ servers: Server[]; at: Date | undefined }> {
  let at: Date | undefined;
  const servers = await allPages(compute, async (marker) => {
    const { date, ...found } = await readPage(compute, query, marker);
    at ??= date;
    return found;
  });
  return { servers: matching(query, servers), at };
}

/** The same a page at a time, oldest first. Nova orders those of one second by something else than their names. */
export async function* pagesByAge(
  compute: Service,
  query: ServerQuery,
): AsyncGenerator<readonly Server[]> {
  const pages = eachPage(compute, (marker) =>
    readPage(compute, query, marker, { sort_key: 'created_at', sort_dir: 'asc' }),
  );
  for await (const servers of pages) yield matching(query, servers);
}

function matching({ userId, keyName }: ServerQuery, servers: readonly Server[]): Server[] {
  return servers.filter(
    (server) =>
      (userId === undefined || server.userId === userId) &&
      (keyName === undefined || server.keyName === keyName),
  );
}

async function readPage(
  compute: Service,
  query: ServerQuery,
  marker: string | undefined,
  order: Query = {},
): Promise<Page<Server> & { readonly date: Date | undefined }> {
  const wire = { ...wireQuery(compute, query), ...order, marker };
  const reply = await compute.get('/servers/detail', wire);
  const { servers, servers_links: links } = parseReply(compute, reply, page);
  const more = links.some(({ rel }) => rel === 'next');
  return { items: servers, next: more ? servers.at(-1)?.id : undefined, date: reply.date };
}

/** Throws ApiError 404 if there is no such server. */
export async function show(compute: Service, id: string): Promise<Server> {
  const reply = await compute.get(`/servers/${encodeURIComponent(id)}`);
  return parseReply(compute, reply, single).server;
}

/**
 * Sent once. After a ConnectionError with `sent`, a 5xx, or an unexpected 2xx response, Nova may have
 * made the server. The root password in the response is dropped.
 */
export async function create(
  compute: Service,
  spec: ServerSpec,
): Promise<{ id: string; requestId: string | undefined }> {
  const reply = await compute.post('/servers', { server: wireSpec(spec) }, { once: true });
  return { id: parseReply(compute, reply, created).server.id, requestId: reply.requestId };
}

/** Nova's, for its operators; undefined if it sent none. */
export type RequestId = string | undefined;

export async function start(compute: Service, id: string): Promise<RequestId> {
  return postAction(compute, id, { 'os-start': null });
}

/** Starts a shelved server. It stays shelved, without a task, if no host has room for it. */
export async function unshelve(compute: Service, id: string): Promise<RequestId> {
  return postAction(compute, id, { unshelve: null });
}

export async function stop(compute: Service, id: string): Promise<RequestId> {
  return postAction(compute, id, { 'os-stop': null });
}

export async function reboot(
  compute: Service,
  id: string,
  type: 'SOFT' | 'HARD',
): Promise<RequestId> {
  return postAction(compute, id, { reboot: { type } });
}

/** Sets these keys and keeps the others. */
export async function setMetadata(
  compute: Service,
  id: string,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const path = `/servers/${encodeURIComponent(id)}/metadata`;
  await compute.post(path, { metadata }, { idempotent: true });
}

/** Removes a key; there may be none. */
export async function removeMetadata(compute: Service, id: string, key: string): Promise<void> {
  const path = `/servers/${encodeURIComponent(id)}/metadata/${encodeURIComponent(key)}`;
  await compute.delete(path).catch((error: unknown) => {
    if (!isStatus(error, 404)) throw error;
  });
}

/** `gone` if there is no such server. */
export async function remove(
  compute: Service,
  id: string,
): Promise<{ readonly requestId: RequestId } | 'gone'> {
  try {
    const { requestId } = await compute.delete(`/servers/${encodeURIComponent(id)}`);
    return { requestId };
  } catch (error) {
    if (isStatus(error, 404)) return 'gone';
    throw error;
  }
}

/** The console does not exist (yet), is not ready, or is not supported. */
const noConsoleStatuses = new Set([404, 409, 501]);

/**
 * The last lines of the console, which are untrusted text; undefined if there is no console. Throws ApiError
 * 403 if the site's policy does not permit it.
 */
export async function consoleOutput(
  compute: Service,
  id: string,
  maxLines: number,
): Promise<string | undefined> {
  try {
    const body = { 'os-getConsoleOutput': { length: maxLines } };
    const reply = await compute.post(actionPath(id), body, { repeatable: true });
    return parseReply(compute, reply, output).output ?? undefined;
  } catch (error) {
    if (error instanceof ApiError && noConsoleStatuses.has(error.status)) return undefined;
    throw error;
  }
}

async function postAction(compute: Service, id: string, action: unknown): Promise<RequestId> {
  return (await compute.post(actionPath(id), action)).requestId;
}

function actionPath(id: string): string {
  return `/servers/${encodeURIComponent(id)}/action`;
}

/** Nova ignores `user_id` and `key_name` of ordinary users before 2.83. */
function wireQuery(
  compute: Service,
  { tags, userId, keyName, changesSince, allProjects, projectId }: ServerQuery,
) {
  return {
    ...(allProjects === true ? { all_tenants: true, project_id: projectId } : {}),
    limit: pageSize,
    tags: tags && tags.length > 0 ? tags.join(',') : undefined,
    ...(atLeast(compute.microversion, '2.83') ? { user_id: userId, key_name: keyName } : {}),
    'changes-since': changesSince && rfc3339(changesSince),
  };
}

function wireSpec(spec: ServerSpec) {
  return {
    name: spec.name,
    imageRef: spec.imageId,
    flavorRef: spec.flavorId,
    key_name: spec.keyName,
    config_drive: spec.configDrive,
    networks: [{ uuid: spec.networkId }],
    description: spec.description,
    metadata: spec.metadata,
    tags: spec.tags,
    user_data: spec.userData,
    ...(spec.securityGroups && spec.securityGroups.length > 0
      ? { security_groups: spec.securityGroups.map((name) => ({ name })) }
      : {}),
  };
}
