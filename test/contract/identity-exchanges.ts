import {
  absent,
  type Exchange,
  hex32,
  hex64,
  keystoneRefusal,
  listWith,
  nowhere,
  ok,
  type Step,
  step,
  tokenTime,
  unauthorized,
} from './exchange.ts';

const alice = { name: '{aliceName}', domain: { name: 'stfc' }, password: '{alicePassword}' };
const project = { name: '{project}', domain: { name: 'Default' } };

function auth(user: object, scope?: unknown): object {
  const identity = { methods: ['password'], password: { user } };
  return { auth: { identity, ...(scope !== undefined && { scope }) } };
}

function login(body: unknown, expect: Step['expect'], more: object = {}): Step {
  return step('nobody', 'POST identity /auth/tokens', expect, { body, ...more });
}

const refused = (name: string, body: unknown): Exchange => ({
  name: `login: ${name} is the one and only 401`,
  steps: [login(body, unauthorized)],
});

const malformed = (name: string, body: unknown, message: RegExp): Exchange => ({
  name: `login: ${name} is 400`,
  steps: [login(body, keystoneRefusal(400, 'Bad Request', message))],
});

const accepted = { 'token.user.name': 'alice', 'token.user.id': hex64 };

/** Versions, passwords, scopes, tokens. */
export const loginExchanges: readonly Exchange[] = [
  {
    name: 'keystone: its root answers 300 with the version list',
    steps: [
      step('nobody', 'GET identity ~/', {
        ...ok(300, { 'versions.values.0.status': 'stable', 'versions.values.0.id': /^v3\./ }),
        headers: { location: /\/v3\/$/ },
      }),
    ],
  },
  {
    name: 'keystone: /v3 is the version document, without a token',
    steps: [step('nobody', 'GET identity ~/v3', ok(200, { 'version.id': /^v3\./ }))],
  },
  {
    name: 'keystone: an unknown path is HTML 404',
    steps: [step('alice', 'GET identity /nowhere', { status: 404, kind: 'html' })],
  },
  {
    name: 'login: the token is in the header, everything else in the body',
    steps: [
      login(auth(alice, { project }), {
        ...ok(201, {
          ...accepted,
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
    name: 'login: without a scope the token has no project and no catalogue',
    steps: [
      login(
        auth(alice),
        ok(201, {
          ...accepted,
          'token.project': absent,
          'token.catalog': absent,
          'token.roles': absent,
        }),
      ),
    ],
  },
  {
    name: 'login: nocatalog leaves the catalogue out',
    steps: [
      step('nobody', 'POST identity /auth/tokens?nocatalog', ok(201, { 'token.catalog': absent }), {
        body: auth(alice, { project }),
      }),
    ],
  },
  {
    name: 'login: case and outer spaces of a name do not matter, nor the case of domain and project',
    steps: [
      login(auth({ ...alice, name: 'ALICE' }), ok(201, accepted)),
      login(auth({ ...alice, name: 'alice ' }), ok(201, accepted)),
      login(
        auth(
          { ...alice, domain: { name: 'STFC' } },
          { project: { name: '{project}', domain: { name: 'default' } } },
        ),
        ok(201, accepted),
      ),
    ],
  },
  {
    name: 'login: a password of spaces, quotes, dollars and Japanese',
    steps: [
      login(
        auth({ name: 'carol', domain: { name: 'stfc' }, password: '{carolPassword}' }),
        ok(201, { 'token.user.name': 'carol' }),
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
  refused('an unknown project id', auth(alice, { project: { id: nowhere } })),
  refused('a domain as the scope', auth(alice, { domain: { name: 'stfc' } })),
  refused('no method', { auth: { identity: { methods: [] } } }),
  malformed('a body without identity', { auth: {} }, /^'identity' is a required property/),
  malformed(
    'an unknown method',
    { auth: { identity: { methods: ['nope'] } } },
    /^Expecting to find nope in identity\./,
  ),
  malformed(
    'a method without its part',
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
        'nobody',
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
        'nobody',
        'POST identity /auth/tokens',
        ok(413, { code: '413 Request Entity Too Large' }),
        {
          body: { x: 'x'.repeat(120_000) },
        },
      ),
    ],
  },
];
