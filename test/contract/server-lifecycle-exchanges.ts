import {
  absent,
  anyText,
  type Exchange,
  emptyReply,
  jsonReply,
  microTime,
  novaRefusal,
  secondTime,
  step,
} from './exchange.ts';
import { listSteps } from './server-list-steps.ts';

import { act, at, create, stateConflict, untilGone, untilState } from './server-steps.ts';

const activeServer = {
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

const accepted = {
  'server.links.0.rel': 'self',
  'server.adminPass': anyText,
  'server.security_groups': [{ name: 'default' }],
  'server.status': absent,
};

const active = jsonReply(200, { 'server.status': 'ACTIVE', 'server.OS-EXT-STS:task_state': null });

/** A server from creation to deletion, and the actions between. */
export const serverLifecycleExchanges: readonly Exchange[] = [
  {
    name: 'servers: a server from creation to deletion',
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
        accepted,
      ),
      step(
        'alice',
        'GET compute /servers/{server}',
        jsonReply(200, {
          'server.status': 'BUILD',
          'server.addresses': {},
          'server.OS-EXT-STS:vm_state': 'building',
          'server.OS-EXT-STS:power_state': 0,
          'server.hostId': anyText,
          'server.fault': absent,
        }),
      ),
      act('alice', { reboot: { type: 'SOFT' } }, stateConflict('reboot', 'vm_state building')),
      step(
        'alice',
        'POST compute /servers/{server}/metadata',
        stateConflict('update metadata', 'vm_state building'),
        { body: { metadata: { k: 'v' } } },
      ),
      untilState('ACTIVE'),
      step('alice', 'GET compute /servers/{server}', jsonReply(200, activeServer)),
      step(
        'alice',
        'GET compute /servers/{server}',
        jsonReply(200, {
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
        jsonReply(200, {
          'ports.length': 1,
          'ports.0.status': 'ACTIVE',
          'ports.0.device_owner': 'compute:nova',
          'ports.0.fixed_ips.0.ip_address': /^172\.16\./,
        }),
      ),
      step(
        'alice',
        'GET compute /servers/{server}/os-interface',
        jsonReply(200, {
          'interfaceAttachments.0.net_id': '{network}',
          'interfaceAttachments.0.port_state': 'ACTIVE',
        }),
      ),
      ...listSteps(),
      step('bob', 'GET compute /servers/{server}', jsonReply(200, { 'server.user_id': '{user}' })),
      step(
        'quinn',
        'GET compute /servers/{server}',
        novaRefusal(404, 'Instance {server} could not be found.'),
      ),
      step(
        'quinn',
        'GET compute /servers',
        jsonReply(200, { servers: (value: unknown) => !JSON.stringify(value).includes('nb-a') }),
      ),
      act('alice', { 'os-getConsoleOutput': { length: 2 } }, jsonReply(200, { output: anyText })),
      act('alice', { 'os-getConsoleOutput': {} }, jsonReply(200, { output: anyText })),
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
      act('alice', { 'os-start': null }, stateConflict('start', 'vm_state active')),
      act('bob', { 'os-stop': null }, emptyReply(202)),
      untilState('SHUTOFF'),
      step(
        'alice',
        'GET compute /servers/{server}',
        jsonReply(200, {
          'server.OS-EXT-STS:power_state': 4,
          'server.addresses.Internal.0.version': 4,
          'server.progress': absent,
        }),
      ),
      step(
        'alice',
        'GET compute /servers/{server}/os-instance-actions',
        jsonReply(200, {
          'instanceActions.0.action': 'stop',
          'instanceActions.1.action': 'create',
          'instanceActions.1.user_id': '{user}',
          'instanceActions.0.user_id': (value: unknown) => value !== undefined,
          'instanceActions.0.request_id': /^req-/,
          'instanceActions.0.message': null,
        }),
      ),
      act('alice', { 'os-stop': null }, stateConflict('stop', 'vm_state stopped')),
      act('alice', { reboot: { type: 'SOFT' } }, stateConflict('reboot', 'vm_state stopped')),
      act('alice', { 'os-getConsoleOutput': {} }, jsonReply(200, { output: anyText })),
      act('alice', { 'os-start': null }, emptyReply(202)),
      untilState('ACTIVE'),
      act('alice', { reboot: { type: 'SOFT' } }, emptyReply(202)),
      untilState('ACTIVE'),
      act('alice', { lock: null }, emptyReply(202)),
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
      act('alice', { unlock: null }, emptyReply(202)),
      step('alice', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone(),
      step(
        'alice',
        'DELETE compute /servers/{server}',
        novaRefusal(404, 'Instance {server} could not be found.'),
      ),
      act('alice', { 'os-start': null }, novaRefusal(404, 'Instance {server} could not be found.')),
      step(
        'alice',
        'GET compute /servers/detail?tags=nb-contract-{run}&marker={server}',
        jsonReply(200, { servers: [] }),
      ),
      step('alice', 'GET network /ports?device_id={server}', jsonReply(200, { ports: [] })),
      step(
        'alice',
        'GET compute /servers/detail?name=^nb-contract-{run}$&changes-since={started}',
        jsonReply(200, {
          'servers.0.status': 'DELETED',
          'servers.0.OS-EXT-STS:vm_state': 'deleted',
        }),
      ),
      step(
        'alice',
        'GET compute /servers/{server}/os-instance-actions',
        jsonReply(200, { 'instanceActions.0.action': 'delete' }),
      ),
    ],
  },
  {
    name: 'lifecycle: the quota of a deleted server is free once it is 404',
    steps: [
      create('quinn', {}),
      { ...step('quinn', 'GET compute /servers/{server}', active), retry: true },
      step('quinn', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone('quinn'),
      create('quinn', {}),
      { ...step('quinn', 'GET compute /servers/{server}', active), retry: true },
      step('quinn', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone('quinn'),
    ],
  },
];
