import { created, deleted, loggedIn } from './access-rule-exchanges.ts';
import { minimalServer } from './create-exchanges.ts';
import {
  type Exchange,
  type Expected,
  emptyReply,
  jsonReply,
  neutronRefusal,
  novaRefusal,
  type Step,
  step,
} from './exchange.ts';
import { act, create, untilGone, untilState } from './server-steps.ts';

const asReader = [
  created('reader', { roles: [{ name: 'reader' }] }),
  loggedIn({ 'token.roles.length': 1, 'token.roles.0.name': 'reader' }),
];

const novaForbids = (rule: string): Expected =>
  novaRefusal(403, `Policy doesn't allow os_compute_api:${rule} to be performed.`);
const neutronForbids = (rule: string): Expected =>
  neutronRefusal(403, 'PolicyNotAuthorized', `rule:${rule} is disallowed by policy`);

const reads = (as: string): readonly Step[] => [
  step(as, 'GET compute /servers/detail', jsonReply(200)),
  step(as, 'GET compute /servers/{server}', jsonReply(200)),
  step(as, 'GET compute /servers/{server}/os-instance-actions', jsonReply(200)),
  step(as, 'GET compute /flavors/detail', jsonReply(200)),
  step(as, 'GET compute /limits', jsonReply(200)),
  step(as, 'GET image /images?limit=1', jsonReply(200)),
  step(as, 'GET network /networks', jsonReply(200)),
  step(as, 'GET network /ports', jsonReply(200)),
  step(as, 'GET network /floatingips', jsonReply(200)),
  step(as, 'GET network /security-groups', jsonReply(200)),
];

const group = { security_group: { name: 'nb-contract-reader-{run}', description: '' } };

/** Which role each call needs by the policies that the services are shipped with. */
export const policyExchanges: readonly Exchange[] = [
  {
    name: 'policy: a reader lists, and changes nothing of the project',
    releases: ['2025.1', '2026.2'],
    steps: [
      ...asReader,
      create('alice', { name: 'nb-contract-reader' }),
      // Nova looks for a server in its cell before it checks who may start or stop it: 404 until it is scheduled.
      untilState('ACTIVE'),
      ...reads('{own}'),
      step('{own}', 'POST compute /servers', novaForbids('servers:create'), {
        body: { server: { ...minimalServer, name: 'nb-contract-reader' } },
      }),
      act('{own}', { 'os-start': null }, novaForbids('servers:start')),
      act('{own}', { 'os-stop': null }, novaForbids('servers:stop')),
      act('{own}', { reboot: { type: 'SOFT' } }, novaForbids('servers:reboot')),
      act('{own}', { unshelve: null }, novaForbids('os-shelve:unshelve')),
      act('{own}', { 'os-getConsoleOutput': {} }, novaForbids('os-console-output')),
      step(
        '{own}',
        'POST compute /servers/{server}/metadata',
        novaForbids('server-metadata:create'),
        { body: { metadata: { 'nb-contract': 'x' } } },
      ),
      step('{own}', 'DELETE compute /servers/{server}', novaForbids('servers:delete')),
      step('{own}', 'POST network /security-groups', neutronForbids('create_security_group'), {
        body: group,
      }),
      step('{own}', 'POST network /floatingips', neutronForbids('create_floatingip'), {
        body: { floatingip: { floating_network_id: '{external}' } },
      }),
      step('alice', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone(),
      deleted,
    ],
  },
  {
    name: 'policy: any role of the project changes what a member changes',
    releases: ['zed'],
    steps: [
      ...asReader,
      create('alice', { name: 'nb-contract-reader' }),
      ...reads('{own}'),
      step('{own}', 'POST network /security-groups', jsonReply(201), {
        body: group,
        save: { group: 'security_group.id' },
      }),
      step('{own}', 'DELETE network /security-groups/{group}', emptyReply(204)),
      step('{own}', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone(),
      deleted,
    ],
  },
];
