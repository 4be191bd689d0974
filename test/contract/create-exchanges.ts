import {
  type Exchange,
  emptyReply,
  jsonReply,
  novaRefusal,
  type Step,
  step,
  type Test,
  unknownId,
} from './exchange.ts';

/** The minimal request that Nova accepts. */
export const minimalServer = {
  name: 'nb-contract-{run}',
  imageRef: '{image}',
  flavorRef: '{flavor}',
  networks: [{ uuid: '{network}' }],
};

function create(more: object, expect: Step['expect'], headers: Step['headers'] = {}): Step {
  return step('alice', 'POST compute /servers', expect, {
    body: { server: { ...minimalServer, ...more } },
    headers,
  });
}

const refused = (
  name: string,
  more: object,
  message: unknown,
  status = 400,
  headers: Step['headers'] = {},
): Exchange => ({
  name: `create: ${name} is ${status}`,
  steps: [create(more, novaRefusal(status, message), headers)],
});

const invalid = (field: string, rest: string) =>
  new RegExp(`^Invalid input for field/attribute ${field}\\. Value: ${rest}$`);
const at = (version: string) => ({ 'openstack-api-version': `compute ${version}` });
const { networks: _, ...withoutNetworks } = minimalServer;

/** In the words of Nova's own quotas, or of unified limits: each release has both. */
function either(own: RegExp, unified: RegExp): Test {
  return (text) => typeof text === 'string' && (own.test(text) || unified.test(text));
}

/** Requests that `POST /servers` refuses. None of them creates a server. */
export const createExchanges: readonly Exchange[] = [
  refused('an unknown image', { imageRef: unknownId }, 'Can not find requested image'),
  refused(
    "an image's name instead of its id",
    { imageRef: 'jupyter-notebook' },
    "Invalid input for field/attribute imageRef. Value: jupyter-notebook. 'jupyter-notebook' is not valid under any of the given schemas",
  ),
  refused('an unknown flavor', { flavorRef: 'l3.none' }, 'Flavor l3.none could not be found.'),
  refused(
    'a flavor without a disk',
    { flavorRef: '{volume}' },
    'Only volume-backed servers are allowed for flavors with zero disk.',
    403,
  ),
  {
    name: 'create: a network without a subnet is 400',
    steps: [
      step('alice', 'POST network /networks', jsonReply(201, { 'network.subnets': [] }), {
        body: { network: { name: 'nb-contract-{run}' } },
        save: { bare: 'network.id' },
      }),
      create(
        { networks: [{ uuid: '{bare}' }] },
        novaRefusal(400, 'Network {bare} requires a subnet in order to boot instances on.'),
      ),
      step('alice', 'DELETE network /networks/{bare}', emptyReply(204)),
    ],
  },
  refused(
    'an unknown network',
    { networks: [{ uuid: unknownId }] },
    `Network ${unknownId} could not be found.`,
  ),
  refused('an unknown key pair', { key_name: 'nb-none' }, 'Invalid key_name provided.'),
  refused(
    'an unknown security group',
    { security_groups: [{ name: 'nogroup' }] },
    "Unable to find security_group with name or id 'nogroup'",
  ),
  refused(
    'a name of 256 characters',
    { name: 'n'.repeat(256) },
    invalid('name', "n{256}\\. 'n{256}' is too long"),
  ),
  refused('an empty name', { name: '' }, /name\. Value: \. '' (is too short|should be non-empty)$/),
  refused(
    'a name with outer spaces',
    { name: ' nb-contract ' },
    "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
  ),
  refused(
    'user_data that is not base64',
    { user_data: '#cloud-config!' },
    "Invalid input for field/attribute user_data. Value: #cloud-config!. '#cloud-config!' is not a 'base64'",
  ),
  refused(
    'user_data over 65535 characters',
    { user_data: 'eHh4'.repeat(16_384) },
    invalid('user_data', "(eHh4)+\\. '(eHh4)+' is too long"),
  ),
  refused(
    'a metadata value of 256 characters',
    { metadata: { k: 'v'.repeat(256) } },
    invalid('k', "v{256}\\. 'v{256}' is too long"),
  ),
  refused(
    'a metadata value that is a number',
    { metadata: { k: 1 } },
    "Invalid input for field/attribute k. Value: 1. 1 is not of type 'string'",
  ),
  refused(
    'a metadata key with a slash',
    { metadata: { 'a/b': 'x' } },
    invalid('metadata', ".*'a/b' does not match any of the regexes: .*"),
  ),
  refused(
    'a tag with a comma',
    { tags: ['a,b'] },
    "Invalid input for field/attribute 0. Value: a,b. 'a,b' does not match '^[^,/]*$'",
  ),
  refused(
    'a tag with a slash',
    { tags: ['a/b'] },
    "Invalid input for field/attribute 0. Value: a/b. 'a/b' does not match '^[^,/]*$'",
  ),
  refused(
    'a tag of 61 characters',
    { tags: ['t'.repeat(61)] },
    invalid('0', "t{61}\\. 't{61}' is too long"),
  ),
  refused(
    '51 tags',
    { tags: Array.from({ length: 51 }, (_, index) => `t${index}`) },
    invalid('tags', "\\['t0', 't1', .* is too long"),
  ),
  refused(
    'tags before 2.52',
    { tags: ['a'] },
    /Additional properties are not allowed \('tags' was unexpected\)$/,
    400,
    at('2.51'),
  ),
  refused(
    'a description before 2.19',
    { description: 'd' },
    /Additional properties are not allowed \('description' was unexpected\)$/,
    400,
    { 'openstack-api-version': null },
  ),
  refused(
    'an unknown property',
    { nonsense: 1 },
    /^Invalid input for field\/attribute server\. Value: \{'name': 'nb-contract-.*'nonsense': 1\}\. Additional properties are not allowed \('nonsense' was unexpected\)$/,
  ),
  refused(
    'an unknown zone',
    { availability_zone: 'nowhere' },
    'The requested availability zone is not available',
  ),
  refused(
    'a forced host',
    { availability_zone: 'nova:host' },
    "Policy doesn't allow os_compute_api:servers:create:forced_host to be performed.",
    403,
  ),
  refused(
    'null networks',
    { networks: null },
    'Invalid input for field/attribute networks. Value: None. None is not valid under any of the given schemas',
  ),
  refused(
    'a flavor over the quota',
    { flavorRef: '{huge}' },
    either(
      /^Quota exceeded for cores, ram: Requested 2000, 65536, but already used \d+, \d+ of 20, 51200 cores, ram$/,
      /^Project [0-9a-f]{32} is over a limit for \[Resource class:MEMORY_MB is over limit of 51200 due to current usage \d+ and delta 65536, Resource class:VCPU is over limit of 20 due to current usage \d+ and delta 2000\]$/,
    ),
    403,
  ),
  refused(
    '129 items of metadata',
    { metadata: Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`k${index}`, 'v'])) },
    either(
      /^Maximum number of metadata items exceeds 128$/,
      /^Project None is over a limit for \[Resource server_metadata_items is over limit of 128 due to current usage 0 and delta 129\]$/,
    ),
    403,
  ),
  {
    name: 'create: bodies without server, name, networks or JSON are 400',
    steps: [
      step('alice', 'POST compute /servers', novaRefusal(400, "'server' is a required property"), {
        body: {},
      }),
      step(
        'alice',
        'POST compute /servers',
        novaRefusal(
          400,
          "Invalid input for field/attribute server. Value: {}. 'name' is a required property",
        ),
        { body: { server: {} } },
      ),
      step(
        'alice',
        'POST compute /servers',
        novaRefusal(400, /'networks' is a required property$/),
        {
          body: { server: withoutNetworks },
        },
      ),
      step('alice', 'POST compute /servers', novaRefusal(400, 'Malformed request body'), {
        text: '{',
        headers: { 'content-type': 'application/json' },
      }),
      step(
        'alice',
        'POST compute /servers',
        jsonReply(413, { code: '413 Request Entity Too Large' }),
        {
          body: { server: { ...minimalServer, user_data: 'x'.repeat(120_000) } },
        },
      ),
    ],
  },
];
