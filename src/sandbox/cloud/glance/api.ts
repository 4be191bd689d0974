import { createHash, randomUUID } from 'node:crypto';
import { authContextOf, challenge } from '../auth.ts';
import type { GlanceTraits } from '../release.ts';
import { empty, json, notFoundDetail, type Reply, webob } from '../replies.ts';
import { type CloudRequest, header, objectBody } from '../requests.ts';
import { dispatch, type Route, route } from '../router.ts';
import type { Image } from '../site-resources.ts';
import type { State } from '../state.ts';
import { secondTime } from '../timestamps.ts';
import { isReadable, matchingImages, visibilityOf } from './filters.ts';

/** Glance: errors are HTML unless the client accepts only JSON. */
export async function glance(state: State, request: CloudRequest): Promise<Reply> {
  if (request.path === '/' || request.path === '/versions') {
    return json(request.path === '/' ? 300 : 200, {
      versions: versions(request.origin, state.traits.glance),
    });
  }
  const auth = authContextOf(state, request);
  if (!auth) return glanceUnauthorized(state, request);
  const call = { state, projectId: auth.projectId ?? '' };
  return (await dispatch(routes, request, call)) ?? glanceFailure(request, 404, notFoundDetail);
}

export function glanceUnauthorized(state: State, request: CloudRequest): Reply {
  const reply = glanceFailure(
    request,
    401,
    'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.',
  );
  return { ...reply, headers: { ...reply.headers, ...challenge(state) } };
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
};

export function glanceFailure(request: CloudRequest, status: number, detail: string): Reply {
  return webob(status, titles[status] ?? 'Error', detail, header(request, 'accept'));
}

/** Glance's root lists the versions in an order of its own, the current one anywhere. */
function versions(origin: string, { minors, currentMinor }: GlanceTraits): object[] {
  return minors.map((minor) => ({
    id: `v2.${minor}`,
    status: minor === currentMinor ? 'CURRENT' : 'SUPPORTED',
    links: [{ rel: 'self', href: `${origin}/v2/` }],
  }));
}

interface Call {
  readonly state: State;
  readonly projectId: string;
}

const routes: readonly Route<Call>[] = [
  route('GET', '/v2/images', listImages),
  route('POST', '/v2/images', createImage),
  route('GET', '/v2/images/{id}', (request, call, [id = '']) => {
    const image = readableImage(call, id);
    return image ? json(200, imageView(image)) : imageMissing(request, id);
  }),
  route('PUT', '/v2/images/{id}/file', (request, call, [id = '']) =>
    changeOwn(request, call, id, (image) => {
      image.status = 'active';
      image.size = Buffer.byteLength(request.text);
    }),
  ),
  route('POST', '/v2/images/{id}/actions/deactivate', (request, call, [id = '']) =>
    changeOwn(request, call, id, (image) => {
      image.status = 'deactivated';
    }),
  ),
  route('DELETE', '/v2/images/{id}', (request, call, [id = '']) =>
    changeOwn(request, call, id, (image) => {
      call.state.images.splice(call.state.images.indexOf(image), 1);
    }),
  ),
];

function readableImage({ state, projectId }: Call, id: string): Image | undefined {
  const image = state.images.find((one) => one.id === id);
  return image !== undefined && isReadable(image, projectId) ? image : undefined;
}

function imageMissing(request: CloudRequest, id: string): Reply {
  return glanceFailure(request, 404, `No image found with ID ${id}`);
}

function changeOwn(
  request: CloudRequest,
  call: Call,
  id: string,
  change: (image: Image) => void,
): Reply {
  const image = readableImage(call, id);
  if (image === undefined) return imageMissing(request, id);
  if (image.owner !== call.projectId) {
    return glanceFailure(request, 403, call.state.traits.glance.notOwner);
  }
  change(image);
  return empty(204);
}

function createImage(request: CloudRequest, { state, projectId }: Call): Reply {
  const wanted = objectBody(request) ?? {};
  const image: Image = {
    id: randomUUID(),
    name: String(wanted['name'] ?? ''),
    status: 'queued',
    createdAt: request.at,
    minRam: 0,
    minDisk: 0,
    owner: projectId,
    properties: {},
    visibility: (wanted['visibility'] ?? 'shared') as NonNullable<Image['visibility']>,
    ...(wanted['os_hidden'] === true && { hidden: true }),
  };
  state.images.push(image);
  return json(201, imageView(image));
}

const sortKeys = [
  ...['name', 'status', 'container_format', 'disk_format', 'size', 'id'],
  ...['created_at', 'updated_at'],
];

function listImages(request: CloudRequest, { state, projectId }: Call): Reply {
  const { query } = request;
  const limit = query.get('limit');
  if (limit !== null && !/^-?\d+$/.test(limit)) {
    return glanceFailure(request, 400, 'limit param must be an integer');
  }
  if (limit?.startsWith('-')) return glanceFailure(request, 400, 'limit param must be positive');
  const [key = 'created_at', direction = 'desc'] = (query.get('sort') ?? 'created_at').split(':');
  if (!sortKeys.includes(key)) {
    const choice = `It must be one of the following: ${sortKeys.join(', ')}.`;
    return glanceFailure(request, 400, `Invalid sort key: ${key}. ${choice}`);
  }
  const matching = matchingImages(state.images, query, projectId);
  if (typeof matching === 'string') return glanceFailure(request, 400, matching);
  const found = sorted(matching.map(imageView), key, direction);
  const marker = query.get('marker');
  const start = marker === null ? 0 : found.findIndex((image) => image['id'] === marker) + 1;
  if (marker !== null && start === 0) {
    return glanceFailure(request, 400, `No image found with ID ${marker}`);
  }
  const page = found.slice(start, start + Math.min(Number(limit ?? 25), 1000));
  const hasMore = start + page.length < found.length;
  const next = hasMore ? page.at(-1) : undefined;
  return json(200, {
    images: page,
    first: pageLink(query),
    ...(next && { next: pageLink(query, String(next['id'])) }),
    schema: '/v2/schemas/images',
  });
}

function sorted(
  images: Record<string, unknown>[],
  key: string,
  direction: string,
): Record<string, unknown>[] {
  const sign = direction === 'asc' ? 1 : -1;
  return images.sort((one, other) => sign * (String(one[key]) < String(other[key]) ? -1 : 1));
}

function pageLink(query: URLSearchParams, marker?: string): string {
  const copy = new URLSearchParams(query);
  copy.delete('marker');
  if (marker !== undefined) copy.set('marker', marker);
  return copy.size > 0 ? `/v2/images?${copy}` : '/v2/images';
}

function imageView(image: Image): Record<string, unknown> {
  return {
    ...image.properties,
    name: image.name,
    disk_format: 'raw',
    container_format: 'bare',
    visibility: visibilityOf(image),
    size: image.size ?? null,
    virtual_size: image.size ?? null,
    status: image.status,
    checksum: createHash('md5').update(image.id).digest('hex'),
    protected: false,
    min_ram: image.minRam,
    min_disk: image.minDisk,
    owner: image.owner,
    os_hidden: image.hidden ?? false,
    os_hash_algo: 'sha512',
    os_hash_value: createHash('sha512').update(image.id).digest('hex'),
    id: image.id,
    created_at: secondTime(image.createdAt),
    updated_at: secondTime(image.createdAt),
    tags: [],
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
    stores: 'file',
  };
}
