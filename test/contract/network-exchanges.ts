import {
  anyText,
  type Exchange,
  emptyReply,
  jsonReply,
  listWith,
  neutronRefusal,
  step,
  unknownId,
  uuid,
} from './exchange.ts';

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
const addRule = (expect: ReturnType<typeof jsonReply>, more: object = {}) =>
  step('alice', 'POST network /security-group-rules', expect, {
    body: { security_group_rule: { ...rule, ...more } },
  });

/** Neutron: networks, ports, security groups. */
export const networkExchanges: readonly Exchange[] = [
  {
    name: 'neutron: the root lists v2.0',
    steps: [step('anonymous', 'GET network ~/', jsonReply(200, { 'versions.0.id': 'v2.0' }))],
  },
  {
    name: 'networks: by name, by router:external, by id, and an unknown id',
    steps: [
      step(
        'alice',
        'GET network /networks?name=Internal',
        jsonReply(200, {
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
        jsonReply(200, { networks: [{ name: 'External' }] }),
      ),
      step('alice', 'GET network /networks?name=none', jsonReply(200, { networks: [] })),
      step(
        'alice',
        'GET network /networks/{network}',
        jsonReply(200, { 'network.name': 'Internal' }),
      ),
      step(
        'alice',
        `GET network /networks/${unknownId}`,
        neutronRefusal(404, 'NetworkNotFound', `Network ${unknownId} could not be found.`),
      ),
      step(
        'alice',
        'GET network /networks?limit=1',
        jsonReply(200, { 'networks.length': 1, 'networks_links.0.rel': 'next' }),
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
      step('alice', 'GET network /ports?device_id=none', jsonReply(200, { ports: [] })),
    ],
  },
  {
    name: 'security groups: created, each rule added once, invalid rules refused, deleted',
    steps: [
      step(
        'alice',
        'POST network /security-groups',
        jsonReply(201, {
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
        jsonReply(200, { 'security_groups.0.id': '{group}' }),
      ),
      step(
        'alice',
        'GET network /security-groups?id={group}&id=none',
        jsonReply(200, {
          'security_groups.length': 1,
          'security_groups.0.name': 'nb-contract-{run}',
          'security_groups.0.description': 'x',
          'security_groups.0.security_group_rules.0.direction': 'egress',
          'security_groups.0.security_group_rules.0.port_range_min': null,
        }),
      ),
      addRule(
        jsonReply(201, {
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
      addRule(
        neutronRefusal(
          400,
          'SecurityGroupRuleParameterConflict',
          'Conflicting value ethertype IPv4 for CIDR 2001:db8::/32',
        ),
        { remote_ip_prefix: '2001:db8::/32' },
      ),
      addRule(jsonReply(201, { 'security_group_rule.remote_ip_prefix': '2001:db8::/32' }), {
        ethertype: 'IPv6',
        remote_ip_prefix: '2001:DB8:0::/32',
      }),
      addRule(jsonReply(201, { 'security_group_rule.remote_ip_prefix': '192.0.2.7/32' }), {
        remote_ip_prefix: '192.0.2.7',
      }),
      step(
        'alice',
        'GET network /security-groups?name=nb-contract-{run}&project_id={projectId}',
        jsonReply(200, {
          'security_groups.length': 1,
          'security_groups.0.security_group_rules.length': 5,
          'security_groups.0.security_group_rules': listWith(
            (one) =>
              one['direction'] === 'ingress' &&
              one['ethertype'] === 'IPv4' &&
              one['protocol'] === 'tcp' &&
              one['port_range_min'] === 8888 &&
              one['port_range_max'] === 8888 &&
              one['remote_ip_prefix'] === '10.0.0.0/8' &&
              one['remote_group_id'] === null,
          ),
        }),
      ),
      step(
        'alice',
        `GET network /security-groups?name=nb-contract-{run}&project_id=${unknownId}`,
        jsonReply(200, { security_groups: [] }),
      ),
      step('alice', 'DELETE network /security-groups/{group}', emptyReply(204)),
      addRule(
        neutronRefusal(404, 'SecurityGroupNotFound', 'Security group {group} does not exist'),
      ),
      step(
        'alice',
        'GET network /security-groups/{group}',
        neutronRefusal(404, 'SecurityGroupNotFound', 'Security group {group} does not exist'),
      ),
    ],
  },
  {
    name: 'security groups: default exists, unknown attributes and malformed bodies are refused',
    steps: [
      step(
        'alice',
        'GET network /security-groups?name=default&fields=name',
        jsonReply(200, { security_groups: [{ name: 'default' }] }),
      ),
      step(
        'alice',
        'POST network /security-groups',
        neutronRefusal(409, 'SecurityGroupDefaultAlreadyExists', anyText),
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
];
