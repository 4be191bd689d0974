import {
  absent,
  aText,
  type Exchange,
  microTime,
  nothing,
  novaRefusal,
  ok,
  secondTime,
  step,
} from './exchange.ts';
import { lists } from './list-steps.ts';

import { act, at, cannot, create, untilGone, untilState } from './server-steps.ts';

const view = {
  'server.name': 'nb-contract-{run}',
  'server.status': 'ACTIVE',
  'server.user_id': '{user}',
  'server.tenant_id': '{projectId}',
  'server.image.id': '{image}',
  'server.flavor.original_name': 'l3.nano',
  'server.flavor.vcpus': 2,
  'server.flavor.ram': 2048,
  'server.flavor.disk': 10,
  'server.flavor.id': absent,
  'server.created': secondTime,
  'server.updated': secondTime,
  'server.addresses.Internal.0.addr': /^172\.16\.10\d\.\d+$/,
  'server.addresses.Internal.0.version': 4,
  'server.addresses.Internal.0.OS-EXT-IPS:type': 'fixed',
  'server.metadata': { 'nubes-nb:user': 'alice' },
  'server.key_name': null,
  'server.config_drive': 'True',
  'server.OS-EXT-STS:vm_state': 'active',
  'server.OS-EXT-STS:task_state': null,
  'server.OS-EXT-STS:power_state': 1,
  'server.OS-EXT-AZ:availability_zone': 'nova',
  'server.OS-SRV-USG:launched_at': microTime,
  'server.security_groups.0.name': 'default',
  'server.locked': false,
  'server.description': 'a contract',
  'server.tags': ['nb-a', 'nb-contract-{run}'],
  'server.fault': absent,
  'server.progress': 0,
};

const made = {
  'server.links.0.rel': 'self',
  'server.adminPass': aText,
  'server.security_groups': [{ name: 'default' }],
  'server.status': absent,
};

/** A server from its creation to its end, and what a client asks of it meanwhile. */
export const serverLife: readonly Exchange[] = [
  {
    name: "servers: alice's, from creation to its end",
    steps: [
      create(
        'alice',
        {
          description: 'a contract',
          tags: ['nb-contract-{run}', 'nb-a'],
          metadata: { 'nubes-nb:user': 'alice' },
          config_drive: true,
          user_data: 'I2Nsb3VkLWNvbmZpZwp7fQ==',
        },
        made,
      ),
      step(
        'alice',
        'GET compute /servers/{server}',
        ok(200, {
          'server.status': 'BUILD',
          'server.addresses': {},
          'server.OS-EXT-STS:vm_state': 'building',
          'server.OS-EXT-STS:power_state': 0,
          'server.hostId': aText,
          'server.fault': absent,
        }),
      ),
      act('alice', { reboot: { type: 'SOFT' } }, cannot('reboot', 'vm_state building')),
      step(
        'alice',
        'POST compute /servers/{server}/metadata',
        cannot('update metadata', 'vm_state building'),
        { body: { metadata: { k: 'v' } } },
      ),
      untilState('ACTIVE'),
      step('alice', 'GET compute /servers/{server}', ok(200, view)),
      step(
        'alice',
        'GET compute /servers/{server}',
        ok(200, {
          'server.tags': absent,
          'server.description': absent,
          'server.locked': absent,
          'server.flavor.id': '{flavor}',
        }),
        at(null),
      ),
      step(
        'alice',
        'GET network /ports?device_id={server}',
        ok(200, {
          'ports.length': 1,
          'ports.0.status': 'ACTIVE',
          'ports.0.device_owner': 'compute:nova',
          'ports.0.fixed_ips.0.ip_address': /^172\.16\./,
        }),
      ),
      step(
        'alice',
        'GET compute /servers/{server}/os-interface',
        ok(200, {
          'interfaceAttachments.0.net_id': '{network}',
          'interfaceAttachments.0.port_state': 'ACTIVE',
        }),
      ),
      ...lists(),
      step('bob', 'GET compute /servers/{server}', ok(200, { 'server.user_id': '{user}' })),
      step(
        'quinn',
        'GET compute /servers/{server}',
        novaRefusal(404, 'Instance {server} could not be found.'),
      ),
      step(
        'quinn',
        'GET compute /servers',
        ok(200, { servers: (value: unknown) => !JSON.stringify(value).includes('nb-a') }),
      ),
      act('alice', { 'os-getConsoleOutput': { length: 2 } }, ok(200, { output: aText })),
      act('alice', { 'os-getConsoleOutput': {} }, ok(200, { output: aText })),
      act(
        'alice',
        { 'os-getConsoleOutput': { length: 'x' } },
        novaRefusal(
          400,
          "Invalid input for field/attribute length. Value: x. 'x' does not match '^-?[0-9]+$'",
        ),
      ),
      act(
        'alice',
        { 'os-getConsoleOutput': null },
        novaRefusal(
          400,
          "Invalid input for field/attribute os-getConsoleOutput. Value: None. None is not of type 'object'",
        ),
      ),
      act('alice', { nonsense: null }, novaRefusal(400, 'There is no such action: nonsense')),
      act('alice', {}, novaRefusal(400, 'Malformed request body')),
      act(
        'alice',
        { 'os-stop': null, 'os-start': null },
        novaRefusal(400, 'Malformed request body'),
      ),
      act(
        'alice',
        { reboot: { type: 'X' } },
        novaRefusal(
          400,
          /^Invalid input for field\/attribute type\. Value: X\. 'X' is not one of \['HARD'/,
        ),
      ),
      act(
        'alice',
        { migrate: null },
        novaRefusal(
          403,
          "Policy doesn't allow os_compute_api:os-migrate-server:migrate to be performed.",
        ),
      ),
      act('alice', { 'os-start': null }, cannot('start', 'vm_state active')),
      act('bob', { 'os-stop': null }, nothing(202)),
      untilState('SHUTOFF'),
      step(
        'alice',
        'GET compute /servers/{server}',
        ok(200, {
          'server.OS-EXT-STS:power_state': 4,
          'server.addresses.Internal.0.version': 4,
          'server.progress': absent,
        }),
      ),
      step(
        'alice',
        'GET compute /servers/{server}/os-instance-actions',
        ok(200, {
          'instanceActions.0.action': 'stop',
          'instanceActions.1.action': 'create',
          'instanceActions.1.user_id': '{user}',
          'instanceActions.0.user_id': (value: unknown) => value !== undefined,
          'instanceActions.0.request_id': /^req-/,
          'instanceActions.0.message': null,
        }),
      ),
      act('alice', { 'os-stop': null }, cannot('stop', 'vm_state stopped')),
      act('alice', { reboot: { type: 'SOFT' } }, cannot('reboot', 'vm_state stopped')),
      act('alice', { 'os-getConsoleOutput': {} }, ok(200, { output: aText })),
      act('alice', { 'os-start': null }, nothing(202)),
      untilState('ACTIVE'),
      act('alice', { reboot: { type: 'SOFT' } }, nothing(202)),
      untilState('ACTIVE'),
      act('alice', { lock: null }, nothing(202)),
      act('bob', { 'os-stop': null }, novaRefusal(409, 'Instance {server} is locked')),
      step(
        'alice',
        'DELETE compute /servers/{server}',
        novaRefusal(409, 'Instance {server} is locked'),
      ),
      step(
        'bob',
        'POST compute /servers/{server}/metadata',
        novaRefusal(409, 'Instance {server} is locked'),
        { body: { metadata: { k: 'v' } } },
      ),
      act('alice', { unlock: null }, nothing(202)),
      step('alice', 'DELETE compute /servers/{server}', nothing(204)),
      untilGone(),
      step(
        'alice',
        'DELETE compute /servers/{server}',
        novaRefusal(404, 'Instance {server} could not be found.'),
      ),
      act('alice', { 'os-start': null }, novaRefusal(404, 'Instance {server} could not be found.')),
      step('alice', 'GET network /ports?device_id={server}', ok(200, { ports: [] })),
      step(
        'alice',
        'GET compute /servers/detail?name=^nb-contract-{run}$&changes-since={started}',
        ok(200, { 'servers.0.status': 'DELETED', 'servers.0.OS-EXT-STS:vm_state': 'deleted' }),
      ),
      step(
        'alice',
        'GET compute /servers/{server}/os-instance-actions',
        ok(200, { 'instanceActions.0.action': 'delete' }),
      ),
    ],
  },
];
