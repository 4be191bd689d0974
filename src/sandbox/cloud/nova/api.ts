import { authContextOf, unauthorized } from '../auth.ts';
import { json, notFoundDetail, type Reply, webob, withHeaders } from '../replies.ts';
import { type CloudRequest, header } from '../requests.ts';
import { dispatch, type Route, route } from '../router.ts';
import type { State } from '../state.ts';
import { actOnServer } from './actions.ts';
import type { NovaCall } from './call.ts';
import { createServer } from './create-server.ts';
import { policyForbids } from './errors.ts';
import { flavorRoutes } from './flavors.ts';
import { keyPairRoutes } from './key-pairs.ts';
import { maxVersion, microversion, minVersion, versionHeaders } from './microversion.ts';
import { showLimits } from './quotas.ts';
import {
  deleteServer,
  listActions,
  listInterfaces,
  listServers,
  listServersInDetail,
  showAction,
  showServer,
  updateServer,
} from './servers.ts';
import { tagAndMetadataRoutes } from './tags-and-metadata.ts';

/** Nova 26, 31 or 34; the replies were recorded in the real lab. */
export async function nova(state: State, request: CloudRequest): Promise<Reply> {
  if (request.path === '/') return json(200, { versions: versions(state) });
  if (!/^\/v2\.1(\/|$)/.test(request.path)) return webob404(request);
  const document = /^\/v2\.1\/?$/.test(request.path) && request.method === 'GET';
  const auth = authContextOf(state, request);
  if (!auth && !document) return unauthorized(state);
  const version = microversion(request, state.traits);
  if (typeof version !== 'number') return version;
  const headers = versionHeaders(`2.${version}`);
  if (document || !auth) return json(200, { version: versionDocument(state) }, headers);
  const reply = await dispatch(routes, request, { state, auth, version });
  return reply ? withHeaders(reply, headers) : webob404(request);
}

function webob404(request: CloudRequest): Reply {
  return webob(404, 'Not Found', notFoundDetail, header(request, 'accept'));
}

const routes: readonly Route<NovaCall>[] = [
  route('GET', '/v2.1/servers', listServers),
  route('GET', '/v2.1/servers/detail', listServersInDetail),
  route('POST', '/v2.1/servers', createServer),
  route('GET', '/v2.1/servers/{id}', showServer),
  route('PUT', '/v2.1/servers/{id}', updateServer),
  route('DELETE', '/v2.1/servers/{id}', deleteServer),
  route('POST', '/v2.1/servers/{id}/action', actOnServer),
  route('GET', '/v2.1/servers/{id}/os-instance-actions', listActions),
  route('GET', '/v2.1/servers/{id}/os-instance-actions/{request}', showAction),
  route('GET', '/v2.1/servers/{id}/os-interface', listInterfaces),
  route('GET', '/v2.1/limits', showLimits),
  route('GET', '/v2.1/os-hypervisors', () => policyForbids('os_compute_api:os-hypervisors:list')),
  ...tagAndMetadataRoutes,
  ...flavorRoutes,
  ...keyPairRoutes,
];

function versions(state: State): object[] {
  return [
    {
      id: 'v2.0',
      status: 'SUPPORTED',
      version: '',
      min_version: '',
      updated: '2011-01-21T11:33:21Z',
      links: [{ rel: 'self', href: `${state.origins.compute}/v2/` }],
    },
    {
      id: 'v2.1',
      status: 'CURRENT',
      version: maxVersion(state.traits),
      min_version: minVersion,
      updated: '2013-07-23T11:33:21Z',
      links: [{ rel: 'self', href: `${state.origins.compute}/v2.1/` }],
    },
  ];
}

function versionDocument(state: State): object {
  return {
    ...versions(state)[1],
    links: [
      { rel: 'self', href: `${state.origins.compute}/v2.1/` },
      { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
    ],
    'media-types': [
      { base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' },
    ],
  };
}
