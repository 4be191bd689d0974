import {
  absent,
  aNumber,
  type Exchange,
  listWith,
  novaRefusal,
  nowhere,
  ok,
  secondTime,
  step,
} from './exchange.ts';

const version = (value: string | null) => ({ headers: { 'openstack-api-version': value } });
const html = { headers: { accept: 'application/json, text/plain, */*' } };
const named = (wanted: string) => listWith(({ name }) => name === wanted);

/** Nova's versions, flavors and limits; Glance's images. */
export const catalogueExchanges: readonly Exchange[] = [
  {
    name: 'nova: its versions are open to all',
    steps: [
      step(
        'nobody',
        'GET compute ~/',
        ok(200, { 'versions.1.id': 'v2.1', 'versions.1.min_version': '2.1' }),
      ),
      step(
        'nobody',
        'GET compute ~/v2.1/',
        ok(200, {
          'version.status': 'CURRENT',
          'version.version': /^2\.\d+$/,
          'version.min_version': '2.1',
        }),
      ),
      step('nobody', 'GET compute ~/v2.1', ok(200, { 'version.id': 'v2.1' })),
    ],
  },
  {
    name: 'nova: microversions: none is 2.1, too new is 406, no number is 400',
    steps: [
      step(
        'alice',
        'GET compute /servers',
        { ...ok(200), headers: { 'openstack-api-version': 'compute 2.1' } },
        version(null),
      ),
      step('alice', 'GET compute /servers', {
        ...ok(200),
        headers: { 'openstack-api-version': 'compute 2.90', 'x-compute-request-id': /^req-/ },
      }),
      step(
        'alice',
        'GET compute /servers',
        { ...ok(200), headers: { 'openstack-api-version': 'compute 2.50' } },
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
    name: 'nova: an unknown path is 404, as JSON or HTML',
    steps: [
      step('alice', 'GET compute /nowhere', ok(404, { title: 'Not Found', code: '404 Not Found' })),
      step('alice', 'DELETE compute /servers', ok(404, { title: 'Not Found' })),
    ],
  },
  {
    name: 'flavors: brief, whole, one, and none such',
    steps: [
      step('alice', 'GET compute /flavors', ok(200, { flavors: named('l3.nano') })),
      step(
        'alice',
        'GET compute /flavors/detail',
        ok(200, {
          flavors: named('l3.nano'),
          'flavors.0.vcpus': aNumber,
          'flavors.0.ram': aNumber,
          'flavors.0.disk': aNumber,
          'flavors.0.swap': 0,
          'flavors.0.description': null,
          'flavors.0.extra_specs': {},
        }),
      ),
      step(
        'alice',
        'GET compute /flavors/detail',
        ok(200, { 'flavors.0.swap': '', 'flavors.0.extra_specs': absent }),
        version(null),
      ),
      step(
        'alice',
        'GET compute /flavors/{flavor}',
        ok(200, {
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
        ok(200, { 'flavors.length': 1, 'flavors_links.0.rel': 'next' }),
      ),
    ],
  },
  {
    name: 'limits: what the project may have and has',
    steps: [
      step(
        'quinn',
        'GET compute /limits',
        ok(200, {
          'limits.rate': [],
          'limits.absolute.maxTotalInstances': 1,
          'limits.absolute.maxTotalCores': 4,
          'limits.absolute.maxTotalRAMSize': 8192,
          'limits.absolute.totalInstancesUsed': aNumber,
          'limits.absolute.maxTotalKeypairs': 100,
          'limits.absolute.maxImageMeta': absent,
          'limits.absolute.maxSecurityGroups': absent,
        }),
      ),
      step(
        'quinn',
        'GET compute /limits',
        ok(200, { 'limits.absolute.maxSecurityGroups': -1 }),
        version(null),
      ),
    ],
  },
  {
    name: 'policy: hypervisors are not for members',
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
        ok(200, {
          'images.length': 1,
          'images.0.id': '{image}',
          'images.0.status': 'active',
          'images.0.min_disk': aNumber,
          'images.0.min_ram': aNumber,
          'images.0.created_at': secondTime,
          'images.0.os_distro': 'debian',
          schema: '/v2/schemas/images',
          next: absent,
        }),
      ),
      step(
        'alice',
        'GET image /images?name=none',
        ok(200, { images: [], first: '/v2/images?name=none' }),
      ),
      step(
        'alice',
        'GET image /images?os_distro=debian&status=active',
        ok(200, { 'images.0.os_distro': 'debian' }),
      ),
      step(
        'alice',
        'GET image /images/{image}',
        ok(200, { name: '{imageName}', visibility: 'public' }),
      ),
      step(
        'alice',
        'GET image /images?limit=1',
        ok(200, { 'images.length': 1, next: /^\/v2\/images\?limit=1&marker=/ }),
      ),
    ],
  },
  {
    name: 'images: errors are JSON for JSON alone, HTML for anything more',
    steps: [
      step(
        'alice',
        `GET image /images/${nowhere}`,
        ok(404, {
          code: '404 Not Found',
          message: `No image found with ID ${nowhere}<br /><br />\n\n\n`,
        }),
      ),
      step(
        'alice',
        `GET image /images/${nowhere}`,
        { status: 404, kind: 'html', headers: { 'content-type': 'text/html; charset=UTF-8' } },
        html,
      ),
      step('alice', 'GET image /images?limit=x', { status: 400, kind: 'html' }, html),
      step(
        'alice',
        'GET image /images?sort=foo:asc',
        ok(400, { message: /^Invalid sort key: foo\./ }),
      ),
      step(
        'alice',
        'GET image /images?marker=nope',
        ok(400, { message: /^No image found with ID nope/ }),
      ),
      step(
        'alice',
        'DELETE image /images/{image}',
        ok(403, { message: /^You do not own this image/ }),
      ),
    ],
  },
  {
    name: 'glance: its root answers 300 with versions',
    steps: [step('nobody', 'GET image ~/', ok(300, { 'versions.0.status': 'CURRENT' }))],
  },
];
