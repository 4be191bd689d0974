import {
  absent,
  type Exchange,
  hex32,
  hex64,
  jsonReply,
  keystoneRefusal,
  listWith,
  type Step,
  step,
  tokenTime,
  unauthorized,
  unknownId,
} from './exchange.ts';

const alice = { name: '{aliceName}', domain: { name: 'stfc' }, password: '{alicePassword}' };
const project = { name: '{project}', domain: { name: 'Default' } };

function auth(user: object, scope?: unknown): object {
  const identity = { methods: ['password'], password: { user } };
  return { auth: { identity, ...(scope !== undefined && { scope }) } };
}

function login(body: unknown, expect: Step['expect'], more: object = {}): Step {
  return step('anonymous', 'POST identity /auth/tokens', expect, { body, ...more });
}

const refused = (name: string, body: unknown): Exchange => ({
  name: `login: ${name} is 401, the same for every reason`,
  steps: [login(body, unauthorized)],
});

const malformed = (name: string, body: unknown, message: RegExp): Exchange => ({
  name: `login: ${name} is 400`,
  steps: [login(body, keystoneRefusal(400, 'Bad Request', message))],
});

const aliceToken = { 'token.user.name': 'alice', 'token.user.id': hex64 };

/** Keystone's versions, passwords and scopes. */
export const loginExchanges: readonly Exchange[] = [
  {
    name: 'keystone: the root answers 300 with the version list',
    steps: [
      step('anonymous', 'GET identity ~/', {
        ...jsonReply(300, {
          'versions.values.0.status': 'stable',
          'versions.values.0.id': /^v3\./,
        }),
        headers: { location: /\/v3\/$/ },
      }),
    ],
  },
  {
    name: 'keystone: /v3 is the version document, without a token',
    steps: [step('anonymous', 'GET identity ~/v3', jsonReply(200, { 'version.id': /^v3\./ }))],
  },
  {
    name: 'keystone: an unknown path is 404 as HTML',
    steps: [step('alice', 'GET identity /nowhere', { status: 404, kind: 'html' })],
  },
  {
    name: 'login: the token is in a header, its details are in the body',
    steps: [
      login(auth(alice, { project }), {
        ...jsonReply(201, {
          ...aliceToken,
          'token.methods': ['password'],
          'token.user.domain.name': 'stfc',
          'token.project.name': '{project}',
          'token.project.id': hex32,
          'token.project.domain.name': 'Default',
          'token.expires_at': tokenTime,
          'token.issued_at': tokenTime,
          'token.is_domain': false,
          'token.roles': listWith(({ name }) => name === 'member'),
          'token.catalog': listWith(
            ({ type, endpoints }) => type === 'compute' && Array.isArray(endpoints),
          ),
          'token.catalog.0.endpoints.0.region': 'RegionOne',
          'token.application_credential': absent,
        }),
        headers: { 'x-subject-token': /^gAAAA/, vary: 'X-Auth-Token' },
      }),
    ],
  },
  {
    name: 'login: without a scope the token has no project and no catalog',
    steps: [
      login(
        auth(alice),
        jsonReply(201, {
          ...aliceToken,
          'token.project': absent,
          'token.catalog': absent,
          'token.roles': absent,
        }),
      ),
    ],
  },
  {
    name: 'login: nocatalog omits the catalog',
    steps: [
      step(
        'anonymous',
        'POST identity /auth/tokens?nocatalog',
        jsonReply(201, { 'token.catalog': absent }),
        {
          body: auth(alice, { project }),
        },
      ),
    ],
  },
  {
    name: 'login: case and surrounding spaces of a name are ignored, and case of domain and project',
    steps: [
      login(auth({ ...alice, name: 'ALICE' }), jsonReply(201, aliceToken)),
      login(auth({ ...alice, name: 'alice ' }), jsonReply(201, aliceToken)),
      login(
        auth(
          { ...alice, domain: { name: 'STFC' } },
          { project: { name: '{project}', domain: { name: 'default' } } },
        ),
        jsonReply(201, aliceToken),
      ),
    ],
  },
  {
    name: 'login: a password of spaces, quotes, dollars and Japanese',
    steps: [
      login(
        auth({ name: 'carol', domain: { name: 'stfc' }, password: '{carolPassword}' }),
        jsonReply(201, { 'token.user.name': 'carol' }),
      ),
    ],
  },
  refused('a wrong password', auth({ ...alice, password: 'wrong' }, { project })),
  refused('an unknown user', auth({ ...alice, name: 'nobody-at-all' })),
  refused('an empty password', auth({ ...alice, password: '' })),
  refused('an unknown domain', auth({ ...alice, domain: { name: 'nowhere' } })),
  refused('a wildcard as a name', auth({ ...alice, name: 'ali*' })),
  refused('an unknown project', auth(alice, { project: { ...project, name: 'nowhere' } })),
  refused('a project without a role', auth(alice, { project: { ...project, name: 'lpd' } })),
  refused('an unknown project id', auth(alice, { project: { id: unknownId } })),
  refused('a domain as the scope', auth(alice, { domain: { name: 'stfc' } })),
  refused('no method', { auth: { identity: { methods: [] } } }),
  malformed('a body without identity', { auth: {} }, /^'identity' is a required property/),
  malformed(
    'an unknown method',
    { auth: { identity: { methods: ['nope'] } } },
    /^Expecting to find nope in identity\./,
  ),
  malformed(
    'a method without its details',
    { auth: { identity: { methods: ['password'] } } },
    /^Expecting to find password in identity\./,
  ),
  malformed(
    'a user without a domain',
    auth({ name: 'alice', password: 'x' }),
    /^Expecting to find domain in user\./,
  ),
  malformed(
    'a project without a domain',
    auth(alice, { project: { name: '{project}' } }),
    /^Expecting to find domain in project\./,
  ),
  malformed('an empty scope', auth(alice, {}), /^Expecting to find system, project, domain/),
  {
    name: 'login: a body that is not JSON is 400',
    steps: [
      step(
        'anonymous',
        'POST identity /auth/tokens',
        keystoneRefusal(400, 'Bad Request', /^Expecting to find valid JSON in request body\./),
        { text: 'x', headers: { 'content-type': 'application/json' } },
      ),
    ],
  },
  {
    name: 'login: a body over 114688 bytes is 413',
    steps: [
      step(
        'anonymous',
        'POST identity /auth/tokens',
        jsonReply(413, { code: '413 Request Entity Too Large' }),
        {
          body: { x: 'x'.repeat(120_000) },
        },
      ),
    ],
  },
];
