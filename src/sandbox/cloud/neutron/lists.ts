import { json, type Reply } from '../replies.ts';
import type { CloudRequest } from '../requests.ts';
import { neutronError } from './errors.ts';

type Row = Readonly<Record<string, unknown>>;

/** A Neutron list: exact filters on any attribute, `fields`, pages with links. */
export function listReply(request: CloudRequest, collection: string, rows: readonly Row[]): Reply {
  const { query } = request;
  const limit = query.get('limit');
  if (limit !== null && !/^\d+$/.test(limit)) {
    const problem = `Limit must be an integer 0 or greater and not '${limit}'.`;
    return neutronError(400, 'BadRequest', `Bad limit request: ${problem}`);
  }
  const filters = [...new Set(query.keys())].filter((key) => !otherParameters.has(key));
  const unknown = filters.find((key) => !filterAttributes(collection, rows).has(key));
  if (unknown !== undefined) {
    const message = `['${unknown}'] is invalid attribute for filtering`;
    return neutronError(400, 'HTTPBadRequest', message);
  }
  const found = rows.filter((row) =>
    filters.every((key) => query.getAll(key).some((value) => isEqual(row[key], value))),
  );
  const marker = query.get('marker');
  const start = marker === null ? 0 : found.findIndex((row) => row['id'] === marker) + 1;
  const size = Number(limit ?? 0) || found.length;
  const page = found.slice(start, start + size);
  const last = limit !== null && page.length === size ? page.at(-1) : undefined;
  return json(200, {
    [collection]: page.map((row) => selectFields(row, query.getAll('fields'))),
    ...(last && { [`${collection}_links`]: [nextLink(request, String(last['id']))] }),
  });
}

const otherParameters = new Set([
  'limit',
  'marker',
  'fields',
  'sort_key',
  'sort_dir',
  'page_reverse',
]);

/** Attributes that may be filtered by. Listed per collection, since rows may be missing. */
function filterAttributes(collection: string, rows: readonly Row[]): ReadonlySet<string> {
  const commonAttributes = [
    'id',
    'name',
    'project_id',
    'tenant_id',
    'status',
    'description',
    'tags',
  ];
  return new Set([
    ...commonAttributes,
    ...(extraAttributes[collection] ?? []),
    ...rows.flatMap(Object.keys),
  ]);
}

const extraAttributes: Readonly<Record<string, readonly string[]>> = {
  ports: ['device_id', 'network_id', 'mac_address', 'device_owner', 'fixed_ips'],
  floatingips: ['port_id', 'floating_network_id', 'floating_ip_address', 'fixed_ip_address'],
  security_group_rules: ['security_group_id', 'direction', 'protocol', 'ethertype'],
};

function isEqual(value: unknown, wanted: string): boolean {
  return String(value ?? '').toLowerCase() === wanted.toLowerCase();
}

function selectFields(row: Row, fields: readonly string[]): Row {
  if (fields.length === 0) return row;
  return Object.fromEntries(Object.entries(row).filter(([key]) => fields.includes(key)));
}

function nextLink(request: CloudRequest, marker: string): object {
  const query = new URLSearchParams(request.query);
  query.set('marker', marker);
  return { rel: 'next', href: `${request.origin}${request.path}?${query}` };
}
