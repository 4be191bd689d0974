import {
  type Exchange,
  emptyReply,
  hex32,
  jsonReply,
  keystoneRefusal,
  listWith,
  type Step,
  step,
  unauthorized,
} from './exchange.ts';

const path = 'identity /users/{user}/application_credentials';
const newer = ['2025.1', '2026.2'] as const;

/** Alice's new application credential. */
export function created(name: string, more: object, fields: object = {}): Step {
  return step('alice', `POST ${path}`, jsonReply(201, { ...fields }), {
    body: { application_credential: { name: `nb-contract-${name}-{run}`, ...more } },
    save: { id: 'application_credential.id', secret: 'application_credential.secret' },
  });
}

/** A token of that credential, as `{own}`. */
export function loggedIn(fields: object = {}): Step {
  const credential = { id: '{id}', secret: '{secret}' };
  const identity = { methods: ['application_credential'], application_credential: credential };
  return step('anonymous', 'POST identity /auth/tokens', jsonReply(201, { ...fields }), {
    body: { auth: { identity } },
    save: { own: 'header:x-subject-token' },
  });
}

export const deleted = step('alice', `DELETE ${path}/{id}`, emptyReply(204));
const listServers = { service: 'compute', method: 'GET', path: '/v2.1/servers/detail' };
const ownToken = { headers: { 'x-subject-token': '{own}' } };
const ownUnauthorized = keystoneRefusal(
  401,
  'Unauthorized',
  'The request you have made requires authentication.',
);
const jsonUnauthorized = jsonReply(401, { title: 'Unauthorized' });

const invalid = (
  name: string,
  releases: Exchange['releases'],
  wanted: object,
  message: RegExp,
): Exchange => ({
  name: `credentials: ${name} is 400`,
  ...(releases && { releases }),
  steps: [
    step('alice', `POST ${path}`, keystoneRefusal(400, 'Bad Request', message), {
      body: { application_credential: wanted },
    }),
  ],
});

/** Where access rules of application credentials apply, and in what else releases of Keystone differ. */
export const accessRuleExchanges: readonly Exchange[] = [
  {
    name: 'access rules: Nova, Glance and Neutron refuse what no rule allows, like an invalid token',
    steps: [
      created(
        'rules',
        {
          access_rules: [
            listServers,
            { service: 'compute', method: 'GET', path: '/v2.1/flavors/*' },
            { service: 'network', method: 'GET', path: '/v2.0/{any}' },
          ],
        },
        { 'application_credential.access_rules.length': 3 },
      ),
      loggedIn({
        'token.application_credential.restricted': true,
        'token.application_credential.access_rules.0.id': hex32,
        'token.application_credential.access_rules': listWith(
          (rule) => rule['path'] === listServers.path && rule['method'] === 'GET',
        ),
      }),
      step('{own}', 'GET compute /servers/detail', jsonReply(200)),
      step('{own}', 'GET compute /servers', unauthorized),
      step('{own}', 'GET compute /flavors', unauthorized),
      step('{own}', 'GET compute /flavors/detail', jsonReply(200)),
      step('{own}', 'POST compute /servers', unauthorized, { body: {} }),
      step('{own}', 'GET compute ~/v2.1/', jsonReply(200, { 'version.id': 'v2.1' })),
      step('{own}', 'GET image /images', jsonUnauthorized),
      step('{own}', 'GET network /networks', jsonReply(200)),
      step('{own}', 'GET network /networks/{network}', unauthorized),
      deleted,
    ],
  },
  {
    name: 'access rules: Keystone does not apply them to its own API',
    releases: ['zed'],
    steps: [
      created('own', { access_rules: [listServers] }),
      loggedIn(),
      step('{own}', 'GET identity /auth/projects', jsonReply(200, { 'projects.length': 1 })),
      step('{own}', `GET ${path}`, jsonReply(200)),
      deleted,
    ],
  },
  {
    name: 'access rules: Keystone applies them to its own API, revocation included',
    releases: newer,
    steps: [
      created('own', { access_rules: [listServers] }),
      loggedIn(),
      step('{own}', 'GET identity /auth/projects', ownUnauthorized),
      step('{own}', `GET ${path}`, ownUnauthorized),
      step('{own}', `DELETE ${path}/{id}`, ownUnauthorized),
      step('{own}', 'DELETE identity /auth/tokens', ownUnauthorized, ownToken),
      step('{own}', 'GET compute /servers/detail', jsonReply(200)),
      deleted,
    ],
  },
  {
    name: 'access rules: a rule for Keystone allows its call, but a token with rules cannot revoke itself',
    releases: newer,
    steps: [
      created('allowed', {
        access_rules: [
          { service: 'identity', method: 'DELETE', path: '/v3/auth/tokens' },
          { service: 'identity', method: 'GET', path: '/v3/auth/projects' },
        ],
      }),
      loggedIn(),
      step(
        '{own}',
        'DELETE identity /auth/tokens',
        keystoneRefusal(404, 'Not Found', 'Failed to validate token'),
        ownToken,
      ),
      step('{own}', 'GET identity /auth/projects', jsonReply(200, { 'projects.length': 1 })),
      deleted,
    ],
  },
  {
    name: 'credentials: of the role member, it has no other',
    releases: ['zed'],
    steps: [
      created(
        'member',
        { roles: [{ name: 'member' }] },
        {
          'application_credential.roles.length': 1,
          'application_credential.roles.0.name': 'member',
        },
      ),
      deleted,
    ],
  },
  {
    name: 'credentials: of the role member, it has reader too',
    releases: newer,
    steps: [
      created(
        'member',
        { roles: [{ name: 'member' }] },
        {
          'application_credential.roles.length': 2,
          'application_credential.roles': listWith(({ name }) => name === 'reader'),
        },
      ),
      deleted,
    ],
  },
  {
    name: 'credentials: a token that ends with its credential names no time zone',
    releases: ['zed'],
    steps: [
      created('end', { expires_at: '{soon}Z' }),
      loggedIn({ 'token.expires_at': '{soon}' }),
      deleted,
    ],
  },
  {
    name: 'credentials: a token that ends with its credential names its time zone',
    releases: newer,
    steps: [
      created('end', { expires_at: '{soon}Z' }),
      loggedIn({ 'token.expires_at': '{soon}.000000Z' }),
      deleted,
    ],
  },
  invalid(
    'a name of 256 characters in the words of Zed',
    ['zed'],
    { name: 'x'.repeat(256) },
    /^Invalid input for field 'name': 'x+' is too long/,
  ),
  invalid(
    'a name of 256 characters in newer words',
    newer,
    { name: 'x'.repeat(256) },
    /^Invalid input for field\/attribute name\. Value: x+\. 'x+' is too long/,
  ),
  invalid(
    'an unknown field in the words of Zed',
    ['zed'],
    { name: 'nb-contract-n', nonsense: 1 },
    /^'nonsense' is an invalid keyword argument for ApplicationCredentialModel$/,
  ),
  invalid(
    'an unknown field in newer words',
    newer,
    { name: 'nb-contract-n', nonsense: 1 },
    /Additional properties are not allowed \('nonsense' was unexpected\)$/,
  ),
  invalid(
    'an empty name in the words of 2026.2',
    ['2026.2'],
    { name: '' },
    /'' should be non-empty$/,
  ),
  invalid('an empty name in older words', ['zed', '2025.1'], { name: '' }, /'' is too short/),
  invalid(
    'an access rule with an unknown method',
    undefined,
    { name: 'nb-contract-m', access_rules: [{ ...listServers, method: 'NOPE' }] },
    /'NOPE' (?:is not one of|does not match)/,
  ),
];
