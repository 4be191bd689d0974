import {
  absent,
  anyNumber,
  type Exchange,
  jsonReply,
  listWith,
  novaRefusal,
  step,
} from './exchange.ts';

const version = (value: string | null) => ({ headers: { 'openstack-api-version': value } });
const named = (wanted: string) => listWith(({ name }) => name === wanted);

/** Nova's versions, flavors, limits and policy. */
export const computeExchanges: readonly Exchange[] = [
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
];
