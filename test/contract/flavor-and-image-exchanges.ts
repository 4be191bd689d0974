import {
  absent,
  anyNumber,
  type Exchange,
  jsonReply,
  listWith,
  novaRefusal,
  secondTime,
  step,
  unknownId,
} from './exchange.ts';

const version = (value: string | null) => ({ headers: { 'openstack-api-version': value } });
const acceptsMore = { headers: { accept: 'application/json, text/plain, */*' } };
const named = (wanted: string) => listWith(({ name }) => name === wanted);

/** Nova's versions, flavors and limits; Glance's images. */
export const flavorAndImageExchanges: readonly Exchange[] = [
  {
    name: 'nova: the versions need no token',
    steps: [
      step(
        'anonymous',
        'GET compute ~/',
        jsonReply(200, { 'versions.1.id': 'v2.1', 'versions.1.min_version': '2.1' }),
      ),
      step(
        'anonymous',
        'GET compute ~/v2.1/',
        jsonReply(200, {
          'version.status': 'CURRENT',
          'version.version': /^2\.\d+$/,
          'version.min_version': '2.1',
        }),
      ),
      step('anonymous', 'GET compute ~/v2.1', jsonReply(200, { 'version.id': 'v2.1' })),
    ],
  },
  {
    name: 'nova: no microversion means 2.1, too new is 406, malformed is 400',
    steps: [
      step(
        'alice',
        'GET compute /servers',
        { ...jsonReply(200), headers: { 'openstack-api-version': 'compute 2.1' } },
        version(null),
      ),
      step('alice', 'GET compute /servers', {
        ...jsonReply(200),
        headers: { 'openstack-api-version': 'compute 2.90', 'x-compute-request-id': /^req-/ },
      }),
      step(
        'alice',
        'GET compute /servers',
        { ...jsonReply(200), headers: { 'openstack-api-version': 'compute 2.50' } },
        {
          headers: { 'openstack-api-version': null, 'x-openstack-nova-api-version': '2.50' },
        },
      ),
      step(
        'alice',
        'GET compute /servers',
        novaRefusal(
          406,
          /^Version 2\.999 is not supported by the API\. Minimum is 2\.1 and maximum is 2\.\d+\.$/,
        ),
        version('compute 2.999'),
      ),
      step(
        'alice',
        'GET compute /servers',
        novaRefusal(
          400,
          'API Version String two is of invalid format. Must be of format MajorNum.MinorNum.',
        ),
        version('compute two'),
      ),
    ],
  },
  {
    name: 'nova: an unknown path is 404',
    steps: [
      step(
        'alice',
        'GET compute /nowhere',
        jsonReply(404, { title: 'Not Found', code: '404 Not Found' }),
      ),
      step('alice', 'DELETE compute /servers', jsonReply(404, { title: 'Not Found' })),
    ],
  },
  {
    name: 'flavors: list, details, one by id, and an unknown id',
    steps: [
      step('alice', 'GET compute /flavors', jsonReply(200, { flavors: named('l3.nano') })),
      step(
        'alice',
        'GET compute /flavors/detail',
        jsonReply(200, {
          flavors: named('l3.nano'),
          'flavors.0.vcpus': anyNumber,
          'flavors.0.ram': anyNumber,
          'flavors.0.disk': anyNumber,
          'flavors.0.swap': 0,
          'flavors.0.description': null,
          'flavors.0.extra_specs': {},
        }),
      ),
      step(
        'alice',
        'GET compute /flavors/detail',
        jsonReply(200, { 'flavors.0.swap': '', 'flavors.0.extra_specs': absent }),
        version(null),
      ),
      step(
        'alice',
        'GET compute /flavors/{flavor}',
        jsonReply(200, {
          'flavor.name': 'l3.nano',
          'flavor.vcpus': 2,
          'flavor.ram': 2048,
          'flavor.disk': 10,
        }),
      ),
      step(
        'alice',
        'GET compute /flavors/nope',
        novaRefusal(404, 'Flavor nope could not be found.'),
      ),
      step(
        'alice',
        'GET compute /flavors?limit=1',
        jsonReply(200, { 'flavors.length': 1, 'flavors_links.0.rel': 'next' }),
      ),
    ],
  },
  {
    name: "limits: the project's quota and usage",
    steps: [
      step(
        'quinn',
        'GET compute /limits',
        jsonReply(200, {
          'limits.rate': [],
          'limits.absolute.maxTotalInstances': 1,
          'limits.absolute.maxTotalCores': 4,
          'limits.absolute.maxTotalRAMSize': 8192,
          'limits.absolute.totalInstancesUsed': anyNumber,
          'limits.absolute.maxTotalKeypairs': 100,
          'limits.absolute.maxImageMeta': absent,
          'limits.absolute.maxSecurityGroups': absent,
        }),
      ),
      step(
        'quinn',
        'GET compute /limits',
        jsonReply(200, { 'limits.absolute.maxSecurityGroups': -1 }),
        version(null),
      ),
    ],
  },
  {
    name: 'policy: a member may not list hypervisors',
    steps: [
      step(
        'alice',
        'GET compute /os-hypervisors',
        novaRefusal(
          403,
          "Policy doesn't allow os_compute_api:os-hypervisors:list to be performed.",
        ),
      ),
    ],
  },
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
        jsonReply(403, { message: /^You do not own this image/ }),
      ),
    ],
  },
  {
    name: 'glance: the root answers 300 with versions',
    steps: [step('anonymous', 'GET image ~/', jsonReply(300, { 'versions.0.status': 'CURRENT' }))],
  },
];
