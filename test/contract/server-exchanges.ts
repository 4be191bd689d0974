import { minimalServer } from './create-exchanges.ts';
import {
  absent,
  type Exchange,
  emptyReply,
  jsonReply,
  novaRefusal,
  secondTime,
  step,
  unknownId,
} from './exchange.ts';

import { act, at, create, stateConflict, untilGone, untilState } from './server-steps.ts';

const shelvedRefusal =
  /^(Instance {server} is not ready|Cannot '.*' instance {server} while it is in vm_state shelved_offloaded)$/;

/** Tags, metadata, quota, failed builds and unknown servers. */
export const serverExchanges: readonly Exchange[] = [
  {
    name: 'servers: tags, metadata and name can be changed; shelve and unshelve',
    steps: [
      create('alice', { name: 'nb-contract-l-{run}', tags: ['p'] }),
      step(
        'alice',
        'PUT compute /servers/{server}/tags/x',
        stateConflict('update tag', 'vm_state building'),
      ),
      untilState('ACTIVE'),
      step('alice', 'PUT compute /servers/{server}/tags/late', emptyReply(201)),
      step('alice', 'PUT compute /servers/{server}/tags/late', emptyReply(204)),
      step('alice', 'GET compute /servers/{server}/tags', jsonReply(200, { tags: ['late', 'p'] })),
      step('alice', 'GET compute /servers/{server}/tags/p', emptyReply(204)),
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
      step('alice', 'PUT compute /servers/{server}/tags', jsonReply(200, { tags: ['p', 'q'] }), {
        body: { tags: ['q', 'p'] },
      }),
      step('alice', 'DELETE compute /servers/{server}/tags/p', emptyReply(204)),
      step(
        'alice',
        'GET compute /servers/{server}/tags',
        novaRefusal(404, 'The resource could not be found.'),
        at('compute 2.25'),
      ),
      step(
        'alice',
        'POST compute /servers/{server}/metadata',
        jsonReply(200, { metadata: { k: 'v' } }),
        {
          body: { metadata: { k: 'v' } },
        },
      ),
      step(
        'alice',
        'POST compute /servers/{server}/metadata',
        novaRefusal(400, /'a\/b' does not match any of the regexes/),
        { body: { metadata: { 'a/b': 'x' } } },
      ),
      step(
        'alice',
        'GET compute /servers/{server}/metadata',
        jsonReply(200, { metadata: { k: 'v' } }),
      ),
      step(
        'alice',
        'DELETE compute /servers/{server}/metadata/none',
        novaRefusal(404, 'Metadata item was not found'),
      ),
      step('alice', 'DELETE compute /servers/{server}/metadata/k', emptyReply(204)),
      step(
        'alice',
        'PUT compute /servers/{server}',
        jsonReply(200, {
          'server.name': 'nb-contract-m-{run}',
          'server.OS-EXT-SRV-ATTR:hostname': 'nb-contract-l-{run}',
        }),
        { body: { server: { name: 'nb-contract-m-{run}' } } },
      ),
      act('alice', { shelve: null }, emptyReply(202)),
      untilState('SHELVED_OFFLOADED'),
      act('alice', { 'os-start': null }, novaRefusal(409, shelvedRefusal)),
      // 2025.1 reports the state before the host has let go of the server.
      {
        ...act('alice', { 'os-getConsoleOutput': {} }, novaRefusal(409, shelvedRefusal)),
        retry: true,
      },
      step(
        'alice',
        'POST compute /servers/{server}/metadata',
        stateConflict('update metadata', 'vm_state shelved_offloaded'),
        { body: { metadata: { k: 'v' } } },
      ),
      act('alice', { 'os-stop': null }, novaRefusal(409, shelvedRefusal)),
      act(
        'alice',
        { reboot: { type: 'HARD' } },
        stateConflict('reboot', 'vm_state shelved_offloaded'),
      ),
      act(
        'alice',
        { unshelve: {} },
        novaRefusal(
          400,
          "Invalid input for field/attribute unshelve. Value: {}. 'availability_zone' is a required property",
        ),
      ),
      act('alice', { unshelve: null }, emptyReply(202)),
      act('alice', { unshelve: null }, stateConflict('unshelve', 'task_state unshelving')),
      step(
        'alice',
        'GET compute /servers/{server}',
        jsonReply(200, {
          'server.status': 'SHELVED_OFFLOADED',
          'server.OS-EXT-STS:task_state': /^(unshelving|spawning)$/,
        }),
      ),
      untilState('ACTIVE'),
      step('bob', 'DELETE compute /servers/{server}', emptyReply(204)),
      step('bob', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone(),
    ],
  },
  {
    name: 'servers: a server on an external network is accepted and ends in ERROR with a fault',
    steps: [
      create('alice', { name: 'nb-contract-x-{run}', networks: [{ uuid: '{external}' }] }),
      {
        ...step(
          'alice',
          'GET compute /servers/{server}',
          jsonReply(200, {
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
        retry: true,
      },
      act('alice', { 'os-stop': null }, novaRefusal(409, 'Instance {server} is not ready')),
      step('alice', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone(),
    ],
  },
  {
    name: 'servers: a server over the quota is 403 with the numbers',
    steps: [
      create('quinn', { name: 'nb-contract-q-{run}' }),
      // Nova counts what the scheduler has put into a cell, so a POST before that is 202, and ends in ERROR.
      {
        ...step(
          'quinn',
          'GET compute /limits',
          jsonReply(200, {
            'limits.absolute.totalInstancesUsed': 1,
            'limits.absolute.totalCoresUsed': 2,
            'limits.absolute.totalRAMUsed': 2048,
          }),
        ),
        retry: true,
      },
      step(
        'quinn',
        'POST compute /servers',
        novaRefusal(
          403,
          // Of Nova's own quotas, or of unified limits.
          /^(Quota exceeded for instances: Requested 1, but already used 1 of 1 instances|Project [0-9a-f]{32} is over a limit for \[Resource servers is over limit of 1 due to current usage 1 and delta 1\])$/,
        ),
        { body: { server: minimalServer } },
      ),
      {
        ...step(
          'quinn',
          'GET compute /servers/{server}',
          jsonReply(200, { 'server.status': 'ACTIVE' }),
        ),
        retry: true,
      },
      step('quinn', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone('quinn'),
    ],
  },
  {
    name: 'servers: an unknown server is 404',
    steps: [
      step(
        'alice',
        `GET compute /servers/${unknownId}`,
        novaRefusal(404, `Instance ${unknownId} could not be found.`),
      ),
      step(
        'alice',
        `DELETE compute /servers/${unknownId}`,
        novaRefusal(404, `Instance ${unknownId} could not be found.`),
      ),
      step(
        'alice',
        'GET compute /servers/not-a-uuid',
        novaRefusal(404, 'Instance not-a-uuid could not be found.'),
      ),
      step(
        'alice',
        `POST compute /servers/${unknownId}/action`,
        novaRefusal(404, `Instance ${unknownId} has no mapping to a cell.`),
        { body: { 'os-start': null } },
      ),
    ],
  },
];
