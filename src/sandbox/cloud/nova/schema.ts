import type { Traits } from '../release.ts';
import type { Reply } from '../replies.ts';
import { asObject } from '../requests.ts';
import type { NovaCall } from './call.ts';
import { invalidField, novaError, pythonText } from './errors.ts';
import { overLimits, unifiedLimit } from './quotas.ts';

/** Nova's error for an invalid body of `POST /servers` at a microversion. */
export function refuseServer(
  server: Record<string, unknown>,
  { version, state }: NovaCall,
): Reply | undefined {
  return (
    refuseUnknown(server, 'server', (key) => version >= (addedInMinor[key] ?? 999)) ??
    refuseMissing(server, version) ??
    refuseName(server['name']) ??
    refuseImage(server['imageRef']) ??
    refuseNetworks(server['networks'], version) ??
    refuseUserData(server['user_data']) ??
    refuseMetadata(server['metadata'], state.traits) ??
    refuseTags(server['tags']) ??
    refuseText('description', server['description']) ??
    refuseText('key_name', server['key_name'])
  );
}

/** The minor version that added each property. */
const addedInMinor: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    [
      ...['name', 'imageRef', 'flavorRef', 'adminPass', 'metadata', 'networks', 'key_name'],
      ...['OS-DCF:diskConfig', 'accessIPv4', 'accessIPv6', 'availability_zone', 'config_drive'],
      ...['block_device_mapping', 'block_device_mapping_v2', 'min_count', 'max_count'],
      ...['return_reservation_id', 'security_groups', 'user_data'],
    ].map((key) => [key, 1]),
  ),
  description: 19,
  tags: 52,
  trusted_image_certificates: 63,
  host: 74,
  hypervisor_hostname: 74,
  hostname: 90,
};

export function refuseUnknown(
  body: Record<string, unknown>,
  field: string,
  known: (key: string) => boolean,
): Reply | undefined {
  const unknown = Object.keys(body).filter((key) => !known(key));
  if (unknown.length === 0) return undefined;
  const names = unknown.map((key) => pythonText(key)).join(', ');
  const verb = unknown.length > 1 ? 'were' : 'was';
  return invalidField(
    field,
    body,
    `Additional properties are not allowed (${names} ${verb} unexpected)`,
  );
}

function refuseMissing(server: Record<string, unknown>, version: number): Reply | undefined {
  const required = version >= 37 ? ['name', 'flavorRef', 'networks'] : ['name', 'flavorRef'];
  const missing = required.find((key) => server[key] === undefined);
  return missing
    ? invalidField('server', server, `'${missing}' is a required property`)
    : undefined;
}

export function refuseName(name: unknown): Reply | undefined {
  if (typeof name !== 'string') return wrongType('name', name, 'string');
  const length = refuseLength('name', name, 255);
  if (length) return length;
  if (name.trim() === name && !/\p{C}/u.test(name)) return undefined;
  return novaError(
    400,
    "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
  );
}

function wrongType(field: string, value: unknown, type: string): Reply {
  return invalidField(field, value, `${pythonText(value)} is not of type '${type}'`);
}

/** Lengths count characters, as Python does. */
function refuseLength(field: string, text: string, maxLength: number): Reply | undefined {
  if (text === '') return invalidField(field, text, "'' is too short");
  if ([...text].length > maxLength) {
    return invalidField(field, text, `${pythonText(text)} is too long`);
  }
  return undefined;
}

function refuseText(field: string, value: unknown): Reply | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return wrongType(field, value, 'string');
  return value === '' ? undefined : refuseLength(field, value, 255);
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function refuseImage(image: unknown): Reply | undefined {
  if (image === undefined || image === '') return undefined;
  if (typeof image === 'string' && uuid.test(image)) return undefined;
  const problem = `${pythonText(image)} is not valid under any of the given schemas`;
  return invalidField('imageRef', image, problem);
}

function refuseNetworks(networks: unknown, version: number): Reply | undefined {
  if (networks === undefined && version < 37) return undefined;
  const named = networks === 'auto' || networks === 'none';
  if (Array.isArray(networks) || (named && version >= 37)) return undefined;
  const problem = `${pythonText(networks)} is not valid under any of the given schemas`;
  return invalidField('networks', networks, problem);
}

function refuseUserData(data: unknown): Reply | undefined {
  if (data === undefined || data === null) return undefined;
  if (typeof data !== 'string') return wrongType('user_data', data, 'string');
  if (data.length > 65_535) {
    return invalidField('user_data', data, `${pythonText(data)} is too long`);
  }
  const compact = data.replaceAll(/\s/g, '');
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0) return undefined;
  return invalidField('user_data', data, `${pythonText(data)} is not a 'base64'`);
}

const metadataKey = /^[a-zA-Z0-9\-_:. ]{1,255}$/;

export function refuseMetadata(metadata: unknown, { unifiedLimits }: Traits): Reply | undefined {
  if (metadata === undefined) return undefined;
  const pairs = asObject(metadata);
  if (!pairs) return wrongType('metadata', metadata, 'object');
  for (const [key, value] of Object.entries(pairs)) {
    if (!metadataKey.test(key)) {
      const pattern = "'^[a-zA-Z0-9-_:. ]{1,255}$'";
      const problem = `${pythonText(key)} does not match any of the regexes: ${pattern}`;
      return invalidField('metadata', metadata, problem);
    }
    if (typeof value !== 'string') return wrongType(key, value, 'string');
    if ([...value].length > 255) {
      return invalidField(key, value, `${pythonText(value)} is too long`);
    }
  }
  const count = Object.keys(pairs).length;
  if (count <= 128) return undefined;
  const limit = unifiedLimit('server_metadata_items', 128, 0, count);
  return novaError(
    403,
    unifiedLimits ? overLimits('None', [limit]) : 'Maximum number of metadata items exceeds 128',
  );
}

export function refuseTags(tags: unknown): Reply | undefined {
  if (tags === undefined) return undefined;
  if (!Array.isArray(tags)) return wrongType('tags', tags, 'array');
  if (tags.length > 50) return invalidField('tags', tags, `${pythonText(tags)} is too long`);
  for (const [index, tag] of tags.entries()) {
    const problem = tagProblem(tag);
    if (problem) return invalidField(String(index), tag, problem);
  }
  return undefined;
}

/** Nova's message for an invalid tag; `undefined` if it is valid. */
export function tagProblem(tag: unknown): string | undefined {
  if (typeof tag !== 'string') return `${pythonText(tag)} is not of type 'string'`;
  if (tag === '') return "'' is too short";
  if ([...tag].length > 60) return `${pythonText(tag)} is too long`;
  return /[,/]/.test(tag) ? `${pythonText(tag)} does not match '^[^,/]*$'` : undefined;
}
