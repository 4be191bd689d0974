import {
  anyNumber,
  anyText,
  type Exchange,
  emptyReply,
  jsonReply,
  listWith,
  neutronRefusal,
  step,
  unknownId,
} from './exchange.ts';
import { create, untilGone, untilState } from './server-steps.ts';

const group = { security_group: { name: 'nb-contract-{run}', description: 'x' } };

function floatingIp(more: object = {}) {
  return {
    floatingip: { floating_network_id: '{external}', description: 'nb-contract', ...more },
  };
}

const associate = (expect: ReturnType<typeof jsonReply>, more: object) =>
  step('alice', 'PUT network /floatingips/{ip}', expect, {
    body: { floatingip: { port_id: '{port}' } },
    ...more,
  });

/** Neutron: floating IPs, and the quotas of security groups and floating IPs. */
export const floatingIpExchanges: readonly Exchange[] = [
  {
    name: 'floating IPs: created only on an external network',
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
        jsonReply(201, {
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
        jsonReply(200, { floatingips: listWith(({ port_id }) => port_id === null) }),
      ),
      step('alice', 'DELETE network /floatingips/{ip}', emptyReply(204)),
      step(
        'alice',
        'GET network /floatingips/{ip}',
        neutronRefusal(404, 'FloatingIPNotFound', 'Floating IP {ip} could not be found'),
      ),
    ],
  },
  {
    name: 'security groups and floating IPs: over the quota is 409',
    steps: [
      step('quinn', 'POST network /security-groups', jsonReply(201), {
        body: group,
        save: { group: 'security_group.id' },
      }),
      step(
        'quinn',
        'POST network /security-groups',
        neutronRefusal(409, 'OverQuota', "Quota exceeded for resources: ['security_group']."),
        { body: group },
      ),
      step('quinn', 'DELETE network /security-groups/{group}', emptyReply(204)),
      step('quinn', 'POST network /floatingips', jsonReply(201), {
        body: floatingIp(),
        save: { ip: 'floatingip.id' },
      }),
      step(
        'quinn',
        'POST network /floatingips',
        neutronRefusal(409, 'OverQuota', "Quota exceeded for resources: ['floatingip']."),
        { body: floatingIp() },
      ),
      step('quinn', 'DELETE network /floatingips/{ip}', emptyReply(204)),
    ],
  },
  {
    name: "floating IPs: associated with a server's port at a known revision, one per fixed IP",
    steps: [
      create('alice', { name: 'nb-contract-fip-{run}' }),
      untilState('ACTIVE'),
      step(
        'alice',
        'GET network /ports?device_id={server}',
        jsonReply(200, {
          'ports.length': 1,
          'ports.0.fixed_ips.0.ip_address': /^172\.16\.10\d\.\d+$/,
        }),
        { save: { port: 'ports.0.id' } },
      ),
      step(
        'alice',
        'POST network /floatingips',
        jsonReply(201, { 'floatingip.revision_number': 0 }),
        {
          body: floatingIp(),
          save: { ip: 'floatingip.id' },
        },
      ),
      associate(
        neutronRefusal(
          412,
          'RevisionNumberConstraintFailed',
          'Constrained to 99, but current revision is 0',
        ),
        { headers: { 'if-match': 'revision_number=99' } },
      ),
      associate(
        jsonReply(200, { 'floatingip.port_id': '{port}', 'floatingip.revision_number': anyNumber }),
        {
          headers: { 'if-match': 'revision_number=0' },
        },
      ),
      associate(neutronRefusal(412, 'RevisionNumberConstraintFailed', anyText), {
        headers: { 'if-match': 'revision_number=0' },
      }),
      step(
        'alice',
        'POST network /floatingips',
        neutronRefusal(409, 'FloatingIPPortAlreadyAssociated', /^Cannot associate floating IP /),
        { body: floatingIp({ port_id: '{port}' }) },
      ),
      step(
        'alice',
        'POST network /floatingips',
        neutronRefusal(404, 'PortNotFound', `Port ${unknownId} could not be found.`),
        { body: floatingIp({ port_id: unknownId }) },
      ),
      step(
        'alice',
        'GET network /floatingips?project_id={projectId}',
        jsonReply(200, { floatingips: listWith(({ fixed_ip_address: fixed }) => fixed !== null) }),
      ),
      step('alice', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone(),
      step('alice', 'GET network /ports?device_id={server}', jsonReply(200, { ports: [] })),
      {
        ...step(
          'alice',
          'GET network /floatingips/{ip}',
          jsonReply(200, { 'floatingip.port_id': null, 'floatingip.status': 'DOWN' }),
        ),
        retry: true,
      },
      step('alice', 'DELETE network /floatingips/{ip}', emptyReply(204)),
      step(
        'alice',
        'DELETE network /floatingips/{ip}',
        neutronRefusal(404, 'FloatingIPNotFound', 'Floating IP {ip} could not be found'),
      ),
    ],
  },
];
