import { empty, json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import { type Route, route } from '../router.ts';
import { findServer, lockRefusal, type NovaCall, stateRefusal, withServer } from './call.ts';
import { badRequest, conflict, instanceNotFound, malformedBody, novaError } from './errors.ts';
import { refuseMetadata, refuseTags, tagProblem } from './schema.ts';
import type { ServerRecord, VmState } from './server-record.ts';
import { noContent } from './servers.ts';

const tags = '/v2.1/servers/{id}/tags';
const metadata = '/v2.1/servers/{id}/metadata';

/** A server's tags (since 2.26) and metadata. */
export const tagAndMetadataRoutes: readonly Route<NovaCall>[] = [
  route(
    'GET',
    tags,
    onTags((_, server) => json(200, { tags: server.tags })),
  ),
  route('PUT', tags, onTags(replaceTags)),
  route(
    'DELETE',
    tags,
    onTags((_, server) => noContentAfter(() => setTags(server, []))),
  ),
  route('GET', `${tags}/{tag}`, onTags(checkTag)),
  route('PUT', `${tags}/{tag}`, onTags(addTag)),
  route('DELETE', `${tags}/{tag}`, onTags(removeTag)),
  route('GET', metadata, (_, call, [id = '']) =>
    withServer(call, id, (server) => json(200, { metadata: server.metadata })),
  ),
  route('POST', metadata, (request, call, [id = '']) => writeMetadata(request, call, id, true)),
  route('PUT', metadata, (request, call, [id = '']) => writeMetadata(request, call, id, false)),
  route('GET', `${metadata}/{key}`, (_, call, [id = '', key = '']) =>
    withServer(call, id, (server) => {
      const { metadata: all } = server;
      const value = Object.hasOwn(all, key) ? all[key] : undefined;
      return value === undefined ? itemMissing() : json(200, { meta: { [key]: value } });
    }),
  ),
  route('DELETE', `${metadata}/{key}`, (_, call, [id = '', key = '']) =>
    withServer(call, id, (server) => {
      const { [key]: _removed, ...rest } = server.metadata;
      if (!Object.hasOwn(server.metadata, key)) return itemMissing();
      const refusal =
        lockRefusal(server, call) ?? stateRefusal(server, 'delete metadata', modifiableStates);
      if (refusal) return refusal;
      return noContentAfter(() => {
        server.metadata = rest;
      });
    }),
  ),
];

type TagAction = (request: CloudRequest, server: ServerRecord, tag: string) => Reply;

function onTags(act: TagAction): Route<NovaCall>['handle'] {
  return (request, call, [id = '', tag = '']) => {
    if (call.version < 26) return novaError(404, 'The resource could not be found.');
    const server = findServer(call, id);
    if (!server) return instanceNotFound(id);
    if (server.vmState === 'building' && request.method !== 'GET') {
      const cannot = `Cannot 'update tag' instance ${id} while it is in vm_state building`;
      return conflict(cannot);
    }
    return act(request, server, tag);
  };
}

function setTags(server: ServerRecord, wanted: readonly string[]): void {
  server.tags = [...new Set(wanted)].sort();
}

function noContentAfter(change: () => void): Reply {
  change();
  return noContent;
}

function replaceTags(request: CloudRequest, server: ServerRecord): Reply {
  const wanted = objectBody(request)?.['tags'];
  if (wanted === undefined) return badRequest("'tags' is a required property");
  const refusal = refuseTags(wanted);
  if (refusal) return refusal;
  setTags(server, wanted as string[]);
  return json(200, { tags: server.tags });
}

function checkTag(_: CloudRequest, server: ServerRecord, tag: string): Reply {
  if (server.tags.includes(tag)) return noContent;
  return novaError(404, `Server ${server.id} has no tag '${tag}'`);
}

function addTag(request: CloudRequest, server: ServerRecord, tag: string): Reply {
  const problem = tagProblem(tag);
  if (problem) {
    const rule = `It must be a non empty string without characters '/' and ','.`;
    return badRequest(`Tag '${tag}' is invalid. ${rule} Validation error message: ${problem}`);
  }
  if (server.tags.includes(tag)) return noContent;
  if (server.tags.length >= 50) {
    return badRequest('The number of tags exceeded the per-server limit 50');
  }
  setTags(server, [...server.tags, tag]);
  return empty(201, { Location: `${request.origin}${request.path}` });
}

function removeTag(_: CloudRequest, server: ServerRecord, tag: string): Reply {
  if (!server.tags.includes(tag)) {
    return novaError(404, `Instance ${server.id} has no tag '${tag}'`);
  }
  return noContentAfter(() =>
    setTags(
      server,
      server.tags.filter((one) => one !== tag),
    ),
  );
}

function itemMissing(): Reply {
  return novaError(404, 'Metadata item was not found');
}

/** The states in which metadata can be changed, if no task is running. */
const modifiableStates: readonly VmState[] = ['active', 'paused', 'suspended', 'stopped'];

/** POST adds to what is there, PUT replaces it. */
function writeMetadata(request: CloudRequest, call: NovaCall, id: string, add: boolean): Reply {
  const wanted = objectBody(request)?.['metadata'];
  if (wanted === undefined) return malformedBody();
  const refusal = refuseMetadata(wanted, call.state.traits);
  if (refusal) return refusal;
  return withServer(call, id, (server) => {
    const refusal =
      lockRefusal(server, call) ?? stateRefusal(server, 'update metadata', modifiableStates);
    if (refusal) return refusal;
    const given = asObject(wanted) as Record<string, string>;
    const whole = add ? { ...server.metadata, ...given } : { ...given };
    const tooMany = refuseMetadata(whole, call.state.traits);
    if (tooMany) return tooMany;
    server.metadata = whole;
    return json(200, { metadata: server.metadata });
  });
}
