import { randomUUID } from 'node:crypto';
import { isReadable } from '../glance/filters.ts';
import { adminPassword, macAddress } from '../ids.ts';
import { findGroups } from '../neutron/security-groups.ts';
import { json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import type { Flavor } from '../site-resources.ts';
import type { NovaCall } from './call.ts';
import {
  badRequest,
  conflict,
  invalidField,
  malformedBody,
  novaError,
  policyForbids,
} from './errors.ts';
import { newServer } from './new-server.ts';
import { quotaRefusal } from './quotas.ts';
import { refuseServer } from './schema.ts';
import type { Attachment, ServerRecord } from './server-record.ts';
import { serverLinks } from './views.ts';

/** `POST /servers`. A 202 means accepted; the build may still fail. */
export function createServer(request: CloudRequest, call: NovaCall): Reply {
  const body = objectBody(request);
  if (!body) return malformedBody();
  if (body['server'] === undefined) return badRequest("'server' is a required property");
  const wanted = asObject(body['server']);
  if (!wanted) return invalidField('server', body['server'], "is not of type 'object'");
  const refusal = refuseServer(wanted, call) ?? refuseMissingThings(call, wanted);
  if (refusal) return refusal;
  const flavor = findFlavor(call, wanted);
  const groups = securityGroups(call, wanted);
  const attachments = attach(call, wanted);
  for (const step of [flavor, groups, attachments]) if ('status' in step) return step;
  const chosen = flavor as Flavor;
  const unsuitable = refuseImage(call, wanted, chosen) ?? quotaRefusal(call, chosen);
  if (unsuitable) return unsuitable;
  const parts = {
    flavor: chosen,
    groups: groups as string[],
    attachments: attachments as Attachment[],
  };
  if (request.faults.has('repeated')) {
    const ports = parts.attachments.map((port) => ({ ...port, portId: randomUUID() }));
    newServer(request, call, wanted, { ...parts, attachments: ports });
  }
  return accepted(call, newServer(request, call, wanted, parts));
}

function accepted(call: NovaCall, server: ServerRecord): Reply {
  const adminPass = adminPassword();
  call.state.issued.push(adminPass);
  return json(
    202,
    {
      server: {
        id: server.id,
        links: serverLinks(call, server.id),
        'OS-DCF:diskConfig': 'MANUAL',
        security_groups: server.securityGroups.map((name) => ({ name })),
        adminPass,
      },
    },
    { Location: `${call.state.origins.compute}/v2.1/servers/${server.id}` },
  );
}

function refuseMissingThings(call: NovaCall, wanted: Record<string, unknown>): Reply | undefined {
  const zone = wanted['availability_zone'];
  if (wanted['host'] !== undefined || (typeof zone === 'string' && zone.includes(':'))) {
    return policyForbids('os_compute_api:servers:create:forced_host');
  }
  if (zone !== undefined && zone !== 'nova') {
    return badRequest('The requested availability zone is not available');
  }
  const key = wanted['key_name'];
  const { keyPairs } = call.state;
  const isOwn = keyPairs.some((pair) => pair.userId === call.auth.userId && pair.name === key);
  if (key !== undefined && key !== null && !isOwn) return badRequest('Invalid key_name provided.');
  return undefined;
}

function findFlavor({ state }: NovaCall, wanted: Record<string, unknown>): Flavor | Reply {
  const id = String(wanted['flavorRef']);
  return state.flavors.find((flavor) => flavor.id === id) ?? flavorMissing(id);
}

function flavorMissing(id: string): Reply {
  return badRequest(`Flavor ${id} could not be found.`);
}

function refuseImage(
  { state, auth }: NovaCall,
  wanted: Record<string, unknown>,
  flavor: Flavor,
): Reply | undefined {
  const image = state.images.find((one) => one.id === wanted['imageRef']);
  if (!image || !isReadable(image, auth.projectId ?? ''))
    return badRequest('Can not find requested image');
  if (image.status !== 'active') return badRequest(`Image ${image.id} is not active.`);
  if (image.minRam > flavor.ram) {
    return badRequest("Flavor's memory is too small for requested image.");
  }
  if (flavor.disk === 0) {
    return novaError(403, 'Only volume-backed servers are allowed for flavors with zero disk.');
  }
  const size = image.size ?? 0;
  if (size > flavor.disk * 2 ** 30) {
    const flavorDisk = `Flavor disk is ${flavor.disk * 2 ** 30} bytes`;
    return badRequest(
      `Flavor's disk is too small for requested image. ${flavorDisk}, image is ${size} bytes.`,
    );
  }
  if (image.minDisk <= flavor.disk) return undefined;
  const bytes = (gib: number) => `${gib * 2 ** 30} bytes`;
  return badRequest(
    `Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is ${bytes(flavor.disk)}, minimum size is ${bytes(image.minDisk)}.`,
  );
}

/** The names of the requested groups, as Nova returns them. */
function securityGroups(call: NovaCall, wanted: Record<string, unknown>): string[] | Reply {
  const named = wanted['security_groups'];
  if (!Array.isArray(named) || named.length === 0) return ['default'];
  const names: string[] = [];
  for (const entry of named) {
    const name = String(asObject(entry)?.['name'] ?? '');
    const found = findGroups(call.state, call.auth.projectId ?? '', name, call.state.now());
    if (found.length > 1) {
      const more = 'use an ID to be more specific.';
      return conflict(`Multiple security_group matches found for name '${name}', ${more}`);
    }
    if (!found[0]) return badRequest(`Unable to find security_group with name or id '${name}'`);
    names.push(found[0].name);
  }
  return names;
}

function attach({ state }: NovaCall, wanted: Record<string, unknown>): Attachment[] | Reply {
  const networks = wanted['networks'] ?? 'auto';
  const shared = state.networks.filter((network) => network.shared).map((network) => network.id);
  if (networks === 'none') return [];
  const ids = Array.isArray(networks)
    ? networks.map((network) => String(asObject(network)?.['uuid'] ?? ''))
    : shared.slice(0, 1);
  for (const id of ids) {
    const known = state.networks.find((network) => network.id === id);
    if (!known) return badRequest(`Network ${id} could not be found.`);
    if (known.subnetId === undefined) {
      return badRequest(`Network ${id} requires a subnet in order to boot instances on.`);
    }
  }
  return ids.map((networkId) => ({
    networkId,
    portId: randomUUID(),
    mac: macAddress(),
    address: undefined,
  }));
}
