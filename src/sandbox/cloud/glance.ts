import { createHash } from 'node:crypto';
import { authContextOf, challenge } from './auth.ts';
import { json, notFoundDetail, type Reply, webob } from './replies.ts';
import { type CloudRequest, header } from './requests.ts';
import { dispatch, type Route, route } from './router.ts';
import type { Image } from './site-resources.ts';
import type { State } from './state.ts';
import { secondTime } from './timestamps.ts';

/** Glance 25: errors are HTML unless the client accepts only JSON. */
export async function glance(state: State, request: CloudRequest): Promise<Reply> {
  if (request.path === '/') return json(300, { versions: versions(request.origin) });
  if (!authContextOf(state, request)) return glanceUnauthorized(state, request);
  return (await dispatch(routes, request, state)) ?? glanceFailure(request, 404, notFoundDetail);
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

function versions(origin: string): object[] {
  const minors = [15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
  return minors.map((minor, index) => ({
    id: `v2.${minor}`,
    status: index === 0 ? 'CURRENT' : 'SUPPORTED',
    links: [{ rel: 'self', href: `${origin}/v2/` }],
  }));
}

const routes: readonly Route<State>[] = [
  route('GET', '/v2/images', listImages),
  route('GET', '/v2/images/{id}', (request, state, [id = '']) => {
    const image = state.images.find((one) => one.id === id);
    if (!image) return glanceFailure(request, 404, `No image found with ID ${id}`);
    return json(200, imageView(image));
  }),
  route('DELETE', '/v2/images/{id}', (request, state, [id = '']) => {
    const known = state.images.some((image) => image.id === id);
    if (!known) return glanceFailure(request, 404, `No image found with ID ${id}`);
    return glanceFailure(request, 403, 'You do not own this image');
  }),
];

const otherParameters = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir']);
const sortKeys = [
  ...['name', 'status', 'container_format', 'disk_format', 'size', 'id'],
  ...['created_at', 'updated_at'],
];

function listImages(request: CloudRequest, state: State): Reply {
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
  const found = sorted(state.images.map(imageView).filter(matching(query)), key, direction);
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

/** Glance compares exactly, including custom properties. */
function matching(query: URLSearchParams): (image: Record<string, unknown>) => boolean {
  const wanted = [...query].filter(([key]) => !otherParameters.has(key));
  return (image) => wanted.every(([key, value]) => String(image[key]) === value);
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
    visibility: 'public',
    size: 1408,
    virtual_size: 1408,
    status: image.status,
    checksum: createHash('md5').update(image.id).digest('hex'),
    protected: false,
    min_ram: image.minRam,
    min_disk: image.minDisk,
    owner: image.owner,
    os_hidden: false,
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
