import {
  absent,
  aNumber,
  aText,
  type Exchange,
  listWith,
  neutronRefusal,
  nothing,
  novaRefusal,
  nowhere,
  ok,
  secondTime,
  step,
  uuid,
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

const group = { security_group: { name: 'nb-contract-{run}', description: 'x' } };
const rule = {
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: 'tcp',
  port_range_min: 8888,
  port_range_max: 8888,
  remote_ip_prefix: '10.0.0.0/8',
  security_group_id: '{group}',
};
const addRule = (expect: ReturnType<typeof ok>, more: object = {}) =>
  step('alice', 'POST network /security-group-rules', expect, {
    body: { security_group_rule: { ...rule, ...more } },
  });

/** Neutron: networks, ports, security groups, floating IPs. */
export const networkExchanges: readonly Exchange[] = [
  {
    name: 'neutron: its root lists v2.0',
    steps: [step('nobody', 'GET network ~/', ok(200, { 'versions.0.id': 'v2.0' }))],
  },
  {
    name: 'networks: by name, by kind, by id, none such',
    steps: [
      step(
        'alice',
        'GET network /networks?name=Internal',
        ok(200, {
          'networks.length': 1,
          'networks.0.id': '{network}',
          'networks.0.shared': true,
          'networks.0.status': 'ACTIVE',
          'networks.0.router:external': false,
          'networks.0.subnets.length': 1,
        }),
      ),
      step(
        'alice',
        'GET network /networks?router:external=true&fields=name',
        ok(200, { networks: [{ name: 'External' }] }),
      ),
      step('alice', 'GET network /networks?name=none', ok(200, { networks: [] })),
      step('alice', 'GET network /networks/{network}', ok(200, { 'network.name': 'Internal' })),
      step(
        'alice',
        `GET network /networks/${nowhere}`,
        neutronRefusal(404, 'NetworkNotFound', `Network ${nowhere} could not be found.`),
      ),
      step(
        'alice',
        'GET network /networks?limit=1',
        ok(200, { 'networks.length': 1, 'networks_links.0.rel': 'next' }),
      ),
      step(
        'alice',
        'GET network /networks?limit=x',
        neutronRefusal(400, 'BadRequest', /^Bad limit request: /),
      ),
      step(
        'alice',
        'GET network /networks?nonsense=1',
        neutronRefusal(400, 'HTTPBadRequest', /^\['nonsense'\] is invalid attribute for filter/),
      ),
      step(
        'alice',
        'DELETE network /networks/{network}',
        neutronRefusal(403, 'PolicyNotAuthorized', 'rule:delete_network is disallowed by policy'),
      ),
      step(
        'alice',
        'GET network /nowhere',
        neutronRefusal(404, 'HTTPNotFound', 'The resource could not be found.'),
      ),
      step('alice', 'GET network /ports?device_id=none', ok(200, { ports: [] })),
    ],
  },
  {
    name: 'security groups: made, ruled once, refused, deleted',
    steps: [
      step(
        'alice',
        'POST network /security-groups',
        ok(201, {
          'security_group.id': uuid,
          'security_group.name': 'nb-contract-{run}',
          'security_group.security_group_rules.length': 2,
          'security_group.project_id': '{projectId}',
        }),
        { body: group, save: { group: 'security_group.id' } },
      ),
      step(
        'alice',
        'GET network /security-groups?name=nb-contract-{run}',
        ok(200, { 'security_groups.0.id': '{group}' }),
      ),
      addRule(
        ok(201, {
          'security_group_rule.port_range_max': 8888,
          'security_group_rule.remote_ip_prefix': '10.0.0.0/8',
        }),
      ),
      addRule(
        neutronRefusal(
          409,
          'SecurityGroupRuleExists',
          /^Security group rule already exists\. Rule id is [0-9a-f-]{36}\.$/,
        ),
      ),
      addRule(neutronRefusal(400, 'InvalidCIDR', 'Invalid CIDR junk given as IP prefix.'), {
        remote_ip_prefix: 'junk',
      }),
      addRule(neutronRefusal(400, 'SecurityGroupInvalidPortRange', /must be <= port_range_max$/), {
        port_range_max: 1,
      }),
      step('alice', 'DELETE network /security-groups/{group}', nothing(204)),
      step(
        'alice',
        'GET network /security-groups/{group}',
        neutronRefusal(404, 'SecurityGroupNotFound', 'Security group {group} does not exist'),
      ),
    ],
  },
  {
    name: 'security groups: default exists, unknown attributes and bodies are refused',
    steps: [
      step(
        'alice',
        'GET network /security-groups?name=default&fields=name',
        ok(200, { security_groups: [{ name: 'default' }] }),
      ),
      step(
        'alice',
        'POST network /security-groups',
        neutronRefusal(409, 'SecurityGroupDefaultAlreadyExists', aText),
        { body: { security_group: { name: 'default' } } },
      ),
      step(
        'alice',
        'POST network /security-groups',
        neutronRefusal(400, 'HTTPBadRequest', "Unrecognized attribute(s) 'foo'"),
        { body: { security_group: { name: 'nb', foo: 1 } } },
      ),
      step(
        'alice',
        'POST network /security-groups',
        neutronRefusal(
          400,
          'MalformedRequestBody',
          'Malformed request body: Cannot understand JSON.',
        ),
        { text: 'xx', headers: { 'content-type': 'application/json' } },
      ),
    ],
  },
  {
    name: 'floating IPs: only from an external network',
    steps: [
      step(
        'alice',
        'POST network /floatingips',
        neutronRefusal(
          400,
          'BadRequest',
          'Bad floatingip request: Network {network} is not a valid external network.',
        ),
        { body: { floatingip: { floating_network_id: '{network}' } } },
      ),
      step(
        'alice',
        'POST network /floatingips',
        neutronRefusal(
          400,
          'HTTPBadRequest',
          /Required attribute 'floating_network_id' not specified$/,
        ),
        { body: { floatingip: {} } },
      ),
      step(
        'alice',
        'POST network /floatingips',
        ok(201, {
          'floatingip.status': 'DOWN',
          'floatingip.port_id': null,
          'floatingip.floating_ip_address': /^130\.246\.0\./,
        }),
        {
          body: { floatingip: { floating_network_id: '{external}', description: 'nb-contract' } },
          save: { ip: 'floatingip.id' },
        },
      ),
      step(
        'alice',
        'GET network /floatingips?status=DOWN',
        ok(200, { floatingips: listWith(({ port_id }) => port_id === null) }),
      ),
      step('alice', 'DELETE network /floatingips/{ip}', nothing(204)),
      step(
        'alice',
        'GET network /floatingips/{ip}',
        neutronRefusal(404, 'FloatingIPNotFound', 'Floating IP {ip} could not be found'),
      ),
    ],
  },
];
