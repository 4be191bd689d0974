import {
  absent,
  anyNumber,
  type Exchange,
  type Expected,
  emptyReply,
  jsonReply,
  listWith,
  secondTime,
  step,
  unknownId,
} from './exchange.ts';

const acceptsMore = { headers: { accept: 'application/json, text/plain, */*' } };

const createImage = (name: string, more: object, saved: string) =>
  step('alice', 'POST image /images', jsonReply(201, { name, status: 'queued' }), {
    body: { name, container_format: 'bare', disk_format: 'raw', ...more },
    save: { [saved]: 'id' },
  });
const listImages = (as: string, query: string, images: Expected['fields']) =>
  step(as, `GET image /images?${query}`, jsonReply(200, images));
const none = { images: [] };

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
    name: 'images: a name filter begins with an operator before a colon; eq: takes the rest as it is',
    steps: [
      createImage('in:nb-contract-{run},x', {}, 'odd'),
      listImages('alice', 'name=in:nb-contract-{run},x', none),
      listImages('alice', 'name=eq:in:nb-contract-{run},x', { 'images.0.id': '{odd}' }),
      listImages('alice', 'name=in:%22in:nb-contract-{run},x%22,y', { 'images.0.id': '{odd}' }),
      step(
        'alice',
        'GET image /images?name=foo:bar',
        jsonReply(400, { message: /^Unable to filter by unknown operator 'foo'\.<br/ }),
      ),
      step(
        'alice',
        'GET image /images?name=in:a,%22b',
        jsonReply(400, { message: /^Invalid filter value a,"b\. The quote is not closed\.<br/ }),
      ),
      listImages('alice', 'os_distro=foo:bar', none),
      step('alice', 'DELETE image /images/{odd}', emptyReply(204)),
    ],
  },
  {
    name: 'images: hidden and community ones are listed on request only, and read by id',
    steps: [
      createImage('nb-contract-{run}', { os_hidden: true }, 'hidden'),
      listImages('alice', 'name=nb-contract-{run}', none),
      listImages('alice', 'name=nb-contract-{run}&os_hidden=true', { 'images.0.id': '{hidden}' }),
      step('alice', 'GET image /images/{hidden}', jsonReply(200, { os_hidden: true })),
      step('quinn', 'GET image /images/{hidden}', jsonReply(404)),
      createImage('nb-contract-{run}', { visibility: 'community' }, 'open'),
      listImages('alice', 'name=nb-contract-{run}', { 'images.0.id': '{open}' }),
      listImages('quinn', 'name=nb-contract-{run}', none),
      listImages('quinn', 'name=nb-contract-{run}&visibility=all&member_status=all', {
        'images.0.id': '{open}',
        'images.0.visibility': 'community',
        'images.0.owner': '{projectId}',
      }),
      step('quinn', 'GET image /images/{open}', jsonReply(200, { visibility: 'community' })),
      step('quinn', 'DELETE image /images/{open}', jsonReply(403)),
      step('alice', 'PUT image /images/{open}/file', emptyReply(204), {
        text: 'x',
        headers: { 'content-type': 'application/octet-stream' },
      }),
      step('alice', 'GET image /images/{open}', jsonReply(200, { status: 'active', size: 1 })),
      step('alice', 'POST image /images/{open}/actions/deactivate', emptyReply(204)),
      step('alice', 'GET image /images/{open}', jsonReply(200, { status: 'deactivated' })),
      step(
        'alice',
        'GET image /images?visibility=nonsense',
        jsonReply(400, { message: /^Invalid visibility value: nonsense/ }),
      ),
      step('alice', 'DELETE image /images/{hidden}', emptyReply(204)),
      step('alice', 'DELETE image /images/{open}', emptyReply(204)),
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
