import { minimalServer } from './create-exchanges.ts';
import {
  absent,
  type Exchange,
  emptyReply,
  jsonReply,
  listWith,
  microTime,
  novaRefusal,
  type Step,
  step,
} from './exchange.ts';
import { create, untilGone, untilState } from './server-steps.ts';

const at = (version: string | null) => ({ headers: { 'openstack-api-version': version } });

const key =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN nb-contract';

function importKey(keypair: object, expect: Step['expect'], more: object = {}): Step {
  return step('alice', 'POST compute /os-keypairs', expect, { body: { keypair }, ...more });
}

/** Key pairs, which belong to a user. */
export const keyPairExchanges: readonly Exchange[] = [
  {
    name: 'key pairs: imported once, visible to their owner, deleted once',
    steps: [
      importKey(
        { name: 'nb-contract-{run}', public_key: key },
        jsonReply(201, {
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
        jsonReply(200, {
          'keypair.public_key': key,
          'keypair.created_at': microTime,
          'keypair.deleted': false,
        }),
      ),
      step(
        'alice',
        'GET compute /os-keypairs',
        jsonReply(200, {
          keypairs: listWith(({ keypair }) => JSON.stringify(keypair).includes('nb-contract-')),
        }),
      ),
      step(
        'bob',
        'GET compute /os-keypairs/nb-contract-{run}',
        novaRefusal(404, /^Keypair nb-contract-.* not found for user [0-9a-f]{64}$/),
      ),
      step('alice', 'DELETE compute /os-keypairs/nb-contract-{run}', emptyReply(204)),
      step(
        'alice',
        'DELETE compute /os-keypairs/nb-contract-{run}',
        novaRefusal(404, 'Keypair nb-contract-{run} not found for user {user}'),
      ),
    ],
  },
  {
    name: 'key pairs: deleted while a server has it, which keeps its name and is found by it',
    steps: [
      importKey({ name: 'nb-contract-s-{run}', public_key: key }, jsonReply(201)),
      create('alice', { name: 'nb-contract-s-{run}', key_name: 'nb-contract-s-{run}' }),
      untilState('ACTIVE'),
      step('alice', 'DELETE compute /os-keypairs/nb-contract-s-{run}', emptyReply(204)),
      step(
        'alice',
        'GET compute /servers/{server}',
        jsonReply(200, { 'server.key_name': 'nb-contract-s-{run}' }),
      ),
      step(
        'alice',
        'GET compute /servers/detail?key_name=nb-contract-s-{run}&user_id={user}',
        jsonReply(200, { 'servers.0.id': '{server}', 'servers.1': absent }),
      ),
      step(
        'alice',
        'GET compute /servers/detail?key_name=nb-contract-none&user_id={user}',
        jsonReply(200, { servers: [] }),
      ),
      step('alice', 'POST compute /servers', novaRefusal(400, 'Invalid key_name provided.'), {
        body: { server: { ...minimalServer, key_name: 'nb-contract-s-{run}' } },
      }),
      step('alice', 'DELETE compute /servers/{server}', emptyReply(204)),
      untilGone(),
    ],
  },
  {
    name: 'key pairs: at 2.1 import answers 200 and deletion 202',
    steps: [
      importKey({ name: 'nb-contract-o-{run}', public_key: key }, jsonReply(200), at(null)),
      step('alice', 'DELETE compute /os-keypairs/nb-contract-o-{run}', emptyReply(202), at(null)),
    ],
  },
  {
    name: 'key pairs: invalid keys and names are 400',
    steps: [
      importKey(
        { name: 'nb-contract-b', public_key: 'ssh-ed25519 junk' },
        novaRefusal(400, 'Keypair data is invalid: failed to generate fingerprint'),
      ),
      importKey(
        { name: 'nb/x', public_key: key },
        novaRefusal(400, /name.*(Only expected characters|'nb\/x' does not match)/),
      ),
      importKey(
        { name: '', public_key: key },
        novaRefusal(400, /name\. Value: \. '' (is too short|should be non-empty)$/),
      ),
      importKey({ public_key: key }, novaRefusal(400, /'name' is a required property$/)),
    ],
  },
];
