import {
  absent,
  anyNumber,
  type Exchange,
  jsonReply,
  listWith,
  secondTime,
  step,
  unknownId,
} from './exchange.ts';

const acceptsMore = { headers: { accept: 'application/json, text/plain, */*' } };

/** Glance's images. */
export const imageExchanges: readonly Exchange[] = [
  {
    name: 'images: by exact name, by property, by id',
    steps: [
      step(
        'alice',
        'GET image /images?name={imageName}&status=active&sort=created_at:desc',
        jsonReply(200, {
          'images.length': 1,
          'images.0.id': '{image}',
          'images.0.status': 'active',
          'images.0.min_disk': anyNumber,
          'images.0.min_ram': anyNumber,
          'images.0.created_at': secondTime,
          'images.0.os_distro': 'debian',
          schema: '/v2/schemas/images',
          next: absent,
        }),
      ),
      step(
        'alice',
        'GET image /images?name=none',
        jsonReply(200, { images: [], first: '/v2/images?name=none' }),
      ),
      step(
        'alice',
        'GET image /images?os_distro=debian&status=active',
        jsonReply(200, { 'images.0.os_distro': 'debian' }),
      ),
      step(
        'alice',
        'GET image /images/{image}',
        jsonReply(200, { name: '{imageName}', visibility: 'public' }),
      ),
      step(
        'alice',
        'GET image /images?limit=1',
        jsonReply(200, { 'images.length': 1, next: /^\/v2\/images\?limit=1&marker=/ }),
      ),
    ],
  },
  {
    name: 'images: errors are JSON if only JSON is accepted, HTML otherwise',
    steps: [
      step(
        'alice',
        `GET image /images/${unknownId}`,
        jsonReply(404, {
          code: '404 Not Found',
          message: `No image found with ID ${unknownId}<br /><br />\n\n\n`,
        }),
      ),
      step(
        'alice',
        `GET image /images/${unknownId}`,
        { status: 404, kind: 'html', headers: { 'content-type': 'text/html; charset=UTF-8' } },
        acceptsMore,
      ),
      step('alice', 'GET image /images?limit=x', { status: 400, kind: 'html' }, acceptsMore),
      step(
        'alice',
        'GET image /images?sort=foo:asc',
        jsonReply(400, { message: /^Invalid sort key: foo\./ }),
      ),
      step(
        'alice',
        'GET image /images?marker=nope',
        jsonReply(400, { message: /^No image found with ID nope/ }),
      ),
      step(
        'alice',
        'DELETE image /images/{image}',
        jsonReply(403, {
          message: /^You (do not own this image|are not authorized to complete delete_image)/,
        }),
      ),
    ],
  },
  {
    name: 'glance: the root answers 300 with versions',
    steps: [
      step(
        'anonymous',
        'GET image ~/',
        jsonReply(300, { versions: listWith(({ status }) => status === 'CURRENT') }),
      ),
    ],
  },
];
