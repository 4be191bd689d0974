import { smallest } from './create-exchanges.ts';
import {
  absent,
  aText,
  type Exchange,
  microTime,
  nothing,
  novaRefusal,
  nowhere,
  ok,
  type Step,
  secondTime,
  step,
  uuid,
} from './exchange.ts';
import { lists } from './list-steps.ts';

const at = (version: string | null) => ({ headers: { 'openstack-api-version': version } });

function act(as: string, action: unknown, expect: Step['expect'], more: object = {}): Step {
  return step(as, 'POST compute /servers/{server}/action', expect, { body: action, ...more });
}

function untilGone(as = 'alice'): Step {
  const gone = novaRefusal(404, 'Instance {server} could not be found.');
  return { ...step(as, 'GET compute /servers/{server}', gone), patient: true };
}

function untilState(status: string): Step {
  const wanted = ok(200, { 'server.status': status, 'server.OS-EXT-STS:task_state': null });
  return { ...step('alice', 'GET compute /servers/{server}', wanted), patient: true };
}

function create(as: string, more: object, fields: Step['expect']['fields'] = {}): Step {
  return step(as, 'POST compute /servers', ok(202, { 'server.id': uuid, ...fields }), {
    body: { server: { ...smallest, ...more } },
    save: { server: 'server.id' },
  });
}

const cannot = (action: string, rest: string) =>
  novaRefusal(409, `Cannot '${action}' instance {server} while it is in ${rest}`);

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
export const serverExchanges: readonly Exchange[] = [
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
  {
    name: 'servers: labels change, within the rules',
    steps: [
      create('alice', { name: 'nb-contract-l-{run}', tags: ['p'] }),
      step(
        'alice',
        'PUT compute /servers/{server}/tags/x',
        cannot('update tag', 'vm_state building'),
      ),
      untilState('ACTIVE'),
      step('alice', 'PUT compute /servers/{server}/tags/late', nothing(201)),
      step('alice', 'PUT compute /servers/{server}/tags/late', nothing(204)),
      step('alice', 'GET compute /servers/{server}/tags', ok(200, { tags: ['late', 'p'] })),
      step('alice', 'GET compute /servers/{server}/tags/p', nothing(204)),
      step(
        'alice',
        'GET compute /servers/{server}/tags/none',
        novaRefusal(404, "Server {server} has no tag 'none'"),
      ),
      step(
        'alice',
        'DELETE compute /servers/{server}/tags/none',
        novaRefusal(404, "Instance {server} has no tag 'none'"),
      ),
      step(
        'alice',
        'PUT compute /servers/{server}/tags/a,b',
        novaRefusal(400, /^Tag 'a,b' is invalid\./),
      ),
      step('alice', 'PUT compute /servers/{server}/tags', ok(200, { tags: ['p', 'q'] }), {
        body: { tags: ['q', 'p'] },
      }),
      step('alice', 'DELETE compute /servers/{server}/tags/p', nothing(204)),
      step(
        'alice',
        'GET compute /servers/{server}/tags',
        novaRefusal(404, 'The resource could not be found.'),
        at('compute 2.25'),
      ),
      step('alice', 'POST compute /servers/{server}/metadata', ok(200, { metadata: { k: 'v' } }), {
        body: { metadata: { k: 'v' } },
      }),
      step(
        'alice',
        'POST compute /servers/{server}/metadata',
        novaRefusal(400, /'a\/b' does not match any of the regexes/),
        { body: { metadata: { 'a/b': 'x' } } },
      ),
      step('alice', 'GET compute /servers/{server}/metadata', ok(200, { metadata: { k: 'v' } })),
      step(
        'alice',
        'DELETE compute /servers/{server}/metadata/none',
        novaRefusal(404, 'Metadata item was not found'),
      ),
      step('alice', 'DELETE compute /servers/{server}/metadata/k', nothing(204)),
      step(
        'alice',
        'PUT compute /servers/{server}',
        ok(200, {
          'server.name': 'nb-contract-m-{run}',
          'server.OS-EXT-SRV-ATTR:hostname': 'nb-contract-l-{run}',
        }),
        { body: { server: { name: 'nb-contract-m-{run}' } } },
      ),
      act('alice', { shelve: null }, nothing(202)),
      untilState('SHELVED_OFFLOADED'),
      act('alice', { 'os-start': null }, novaRefusal(409, 'Instance {server} is not ready')),
      act(
        'alice',
        { 'os-getConsoleOutput': {} },
        novaRefusal(409, 'Instance {server} is not ready'),
      ),
      act('alice', { unshelve: null }, nothing(202)),
      untilState('ACTIVE'),
      step('bob', 'DELETE compute /servers/{server}', nothing(204)),
      step('bob', 'DELETE compute /servers/{server}', nothing(204)),
      untilGone(),
    ],
  },
  {
    name: 'servers: on an external network one is accepted and ends in ERROR with a fault',
    steps: [
      create('alice', { name: 'nb-contract-x-{run}', networks: [{ uuid: '{external}' }] }),
      {
        ...step(
          'alice',
          'GET compute /servers/{server}',
          ok(200, {
            'server.status': 'ERROR',
            'server.fault.code': 500,
            'server.fault.created': secondTime,
            'server.fault.message':
              'Build of instance {server} aborted: Failed to allocate the network(s), not rescheduling.',
            'server.fault.details': absent,
            'server.addresses': {},
            'server.hostId': '',
            'server.OS-EXT-STS:vm_state': 'error',
            'server.OS-SRV-USG:launched_at': null,
          }),
        ),
        patient: true,
      },
      act('alice', { 'os-stop': null }, novaRefusal(409, 'Instance {server} is not ready')),
      step('alice', 'DELETE compute /servers/{server}', nothing(204)),
      untilGone(),
    ],
  },
  {
    name: 'servers: one too many is 403 with the numbers',
    steps: [
      create('quinn', { name: 'nb-contract-q-{run}' }),
      step(
        'quinn',
        'POST compute /servers',
        novaRefusal(
          403,
          'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances',
        ),
        { body: { server: smallest } },
      ),
      step(
        'quinn',
        'GET compute /limits',
        ok(200, {
          'limits.absolute.totalInstancesUsed': 1,
          'limits.absolute.totalCoresUsed': 2,
          'limits.absolute.totalRAMUsed': 2048,
        }),
      ),
      {
        ...step('quinn', 'GET compute /servers/{server}', ok(200, { 'server.status': 'ACTIVE' })),
        patient: true,
      },
      step('quinn', 'DELETE compute /servers/{server}', nothing(204)),
      untilGone('quinn'),
    ],
  },
  {
    name: 'servers: one that never was is 404',
    steps: [
      step(
        'alice',
        `GET compute /servers/${nowhere}`,
        novaRefusal(404, `Instance ${nowhere} could not be found.`),
      ),
      step(
        'alice',
        `DELETE compute /servers/${nowhere}`,
        novaRefusal(404, `Instance ${nowhere} could not be found.`),
      ),
      step(
        'alice',
        'GET compute /servers/not-a-uuid',
        novaRefusal(404, 'Instance not-a-uuid could not be found.'),
      ),
      step(
        'alice',
        `POST compute /servers/${nowhere}/action`,
        novaRefusal(404, `Instance ${nowhere} has no mapping to a cell.`),
        { body: { 'os-start': null } },
      ),
    ],
  },
];
