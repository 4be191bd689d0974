import { smallest } from './create-exchanges.ts';
import {
  absent,
  aText,
  type Exchange,
  listWith,
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

/** The lists that find the server `nb-contract-{run}` and those that do not. */
function lists(): Step[] {
  const finds = (query: string) =>
    step(
      'alice',
      `GET compute /servers/detail?${query}`,
      ok(200, { 'servers.0.id': '{server}', 'servers.length': 1 }),
    );
  const misses = (query: string) =>
    step(
      'alice',
      `GET compute /servers/detail?${query}`,
      ok(200, {
        servers: (value: unknown) =>
          !JSON.stringify(value).includes('nb-contract-{run}') &&
          Array.isArray(value) &&
          value.length === 0,
      }),
    );
  const refuses = (query: string, message: unknown, status = 400) =>
    step('alice', `GET compute /servers/detail?${query}`, novaRefusal(status, message));
  const mine = 'tags=nb-contract-{run}';
  return [
    finds(mine),
    finds('tags=nb-contract-{run},nb-a'),
    finds('tags-any=nb-contract-{run},none'),
    finds('name=^nb-contract-{run}$'),
    finds('name=contract-{run}'),
    finds(`${mine}&status=ACTIVE`),
    finds(`${mine}&status=active`),
    finds(`${mine}&status=SHUTOFF&status=ACTIVE`),
    finds(`${mine}&user_id={user}`),
    finds(`${mine}&changes-since=2020-01-01T00:00:00Z`),
    finds(`${mine}&sort_key=created_at&sort_dir=desc`),
    finds(`${mine}&deleted=true`),
    misses(`${mine}&not-tags=nb-a`),
    misses('tags=nb-contract-{run},none'),
    misses(`${mine}&status=SHUTOFF`),
    misses(`${mine}&user_id=${'0'.repeat(64)}`),
    misses(`${mine}&changes-since=2099-01-01T00:00:00Z`),
    misses(`${mine}&name=^contract`),
    misses('name=nb-contract-{run}&name=none'),
    refuses('nonsense=1', "'nonsense' does not match any of the regexes: '^_'"),
    refuses('status=NONSENSE', 'Invalid status value'),
    refuses(
      'limit=-1',
      "Invalid input for query parameters limit. Value: -1. '-1' does not match '^[0-9]*$'",
    ),
    refuses(
      'changes-since=yesterday',
      "Invalid input for query parameters changes-since. Value: yesterday. 'yesterday' is not a 'date-time'",
    ),
    refuses('tags=', "Invalid input for query parameters tags. Value: . '' is not a 'regex'"),
    refuses('name=[', "Invalid input for query parameters name. Value: [. '[' is not a 'regex'"),
    refuses(
      'sort_key=bogus',
      /^Invalid input for query parameters sort_key\. Value: bogus\. 'bogus' is not one of \[/,
    ),
    refuses(`marker=${nowhere}`, `marker [${nowhere}] not found`),
    refuses(
      'all_tenants=1',
      "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed.",
      403,
    ),
    step(
      'alice',
      `GET compute /servers/detail?${mine}&nonsense=1`,
      ok(200, { 'servers.length': 1 }),
      at('compute 2.74'),
    ),
    step(
      'alice',
      `GET compute /servers?${mine}&limit=1`,
      ok(200, {
        'servers.0.name': 'nb-contract-{run}',
        'servers.0.status': absent,
        'servers_links.0.rel': 'next',
        'servers_links.0.href': /marker=[0-9a-f-]{36}/,
      }),
    ),
    step(
      'alice',
      `GET compute /servers?${mine}&limit=1&marker={server}`,
      ok(200, { servers: [], servers_links: absent }),
    ),
    step('alice', `GET compute /servers?${mine}&limit=0`, ok(200, { servers: [] })),
  ];
}

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

const key =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN nb-contract';

function importKey(keypair: object, expect: Step['expect'], more: object = {}): Step {
  return step('alice', 'POST compute /os-keypairs', expect, { body: { keypair }, ...more });
}

/** Key pairs: a user's own. */
export const keyPairExchanges: readonly Exchange[] = [
  {
    name: 'key pairs: imported once, seen by their owner, deleted once',
    steps: [
      importKey(
        { name: 'nb-contract-{run}', public_key: key },
        ok(201, {
          'keypair.name': 'nb-contract-{run}',
          'keypair.fingerprint': '1c:48:ef:84:20:f6:22:73:4f:fb:f1:9e:8e:5a:f9:c3',
          'keypair.user_id': '{user}',
          'keypair.type': 'ssh',
          'keypair.private_key': absent,
        }),
      ),
      importKey(
        { name: 'nb-contract-{run}', public_key: key },
        novaRefusal(409, "Key pair 'nb-contract-{run}' already exists."),
      ),
      step(
        'alice',
        'GET compute /os-keypairs/nb-contract-{run}',
        ok(200, {
          'keypair.public_key': key,
          'keypair.created_at': microTime,
          'keypair.deleted': false,
        }),
      ),
      step(
        'alice',
        'GET compute /os-keypairs',
        ok(200, {
          keypairs: listWith(({ keypair }) => JSON.stringify(keypair).includes('nb-contract-')),
        }),
      ),
      step(
        'bob',
        'GET compute /os-keypairs/nb-contract-{run}',
        novaRefusal(404, /^Keypair nb-contract-.* not found for user [0-9a-f]{64}$/),
      ),
      step('alice', 'DELETE compute /os-keypairs/nb-contract-{run}', nothing(204)),
      step(
        'alice',
        'DELETE compute /os-keypairs/nb-contract-{run}',
        novaRefusal(404, 'Keypair nb-contract-{run} not found for user {user}'),
      ),
    ],
  },
  {
    name: 'key pairs: at 2.1 an import is 200 and a deletion 202',
    steps: [
      importKey({ name: 'nb-contract-o-{run}', public_key: key }, ok(200), at(null)),
      step('alice', 'DELETE compute /os-keypairs/nb-contract-o-{run}', nothing(202), at(null)),
    ],
  },
  {
    name: 'key pairs: bad keys and names are 400',
    steps: [
      importKey(
        { name: 'nb-contract-b', public_key: 'ssh-ed25519 junk' },
        novaRefusal(400, 'Keypair data is invalid: failed to generate fingerprint'),
      ),
      importKey(
        { name: 'nb/x', public_key: key },
        novaRefusal(
          400,
          /^An invalid 'name' value was provided\. The name must be: Only expected characters: /,
        ),
      ),
      importKey(
        { name: '', public_key: key },
        novaRefusal(400, "Invalid input for field/attribute name. Value: . '' is too short"),
      ),
      importKey({ public_key: key }, novaRefusal(400, /'name' is a required property$/)),
    ],
  },
];
