import {
  aText,
  type Exchange,
  keystoneRefusal,
  listWith,
  nothing,
  ok,
  type Step,
  step,
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

/** What a token is good for, and its end. */
export const tokenExchanges: readonly Exchange[] = [
  {
    name: 'projects: those the user has a role on, none for a user without',
    steps: [
      step(
        'bob:unscoped',
        'GET identity /auth/projects',
        ok(200, {
          'projects.length': 2,
          projects: listWith(({ name }) => name === 'lpd'),
          'projects.0.domain_id': 'default',
          'projects.0.enabled': true,
          'links.next': null,
        }),
      ),
      step('erin:unscoped', 'GET identity /auth/projects', ok(200, { projects: [] })),
      step('nobody', 'GET identity /auth/projects', unauthorized),
    ],
  },
  {
    name: 'rescoping: an unscoped token buys a scoped one that ends with it',
    steps: [
      login(auth(alice), ok(201), {
        save: { loose: 'header:x-subject-token', ends: 'token.expires_at' },
      }),
      login(
        {
          auth: { identity: { methods: ['token'], token: { id: '{loose}' } }, scope: { project } },
        },
        ok(201, {
          // Keystone gives them in no order.
          'token.methods': (methods: readonly string[]) =>
            [...methods].sort().join() === 'password,token',
          'token.project.name': '{project}',
          'token.expires_at': '{ends}',
          'token.audit_ids.length': 2,
        }),
      ),
      login(
        { auth: { identity: { methods: ['token'], token: { id: 'gAAAAnot' } } } },
        keystoneRefusal(404, 'Not Found', 'Could not recognize Fernet token'),
      ),
    ],
  },
  {
    name: 'policy: a member may list neither users nor projects',
    steps: [
      step(
        'alice',
        'GET identity /users',
        keystoneRefusal(
          403,
          'Forbidden',
          'You are not authorized to perform the requested action: identity:list_users.',
        ),
      ),
      step(
        'alice',
        'GET identity /projects',
        keystoneRefusal(
          403,
          'Forbidden',
          'You are not authorized to perform the requested action: identity:list_projects.',
        ),
      ),
    ],
  },
  {
    name: 'tokens: one looks at itself, then revokes itself, and every service refuses it',
    steps: [
      login(auth(alice, { project }), ok(201), { save: { mine: 'header:x-subject-token' } }),
      step('{mine}', 'GET identity /auth/tokens', ok(200, { 'token.user.name': 'alice' }), {
        headers: { 'x-subject-token': '{mine}' },
      }),
      step(
        '{mine}',
        'GET identity /auth/tokens',
        keystoneRefusal(404, 'Not Found', 'Could not recognize Fernet token'),
        { headers: { 'x-subject-token': 'zzz' } },
      ),
      step(
        '{mine}',
        'DELETE identity /auth/tokens',
        keystoneRefusal(403, 'Forbidden', /identity:revoke_token\.$/),
      ),
      step('{mine}', 'DELETE identity /auth/tokens', nothing(204), {
        headers: { 'x-subject-token': '{mine}' },
      }),
      step('{mine}', 'GET identity /auth/projects', unauthorized),
      step('{mine}', 'GET compute /servers', unauthorized),
      step('{mine}', 'GET network /networks', unauthorized),
      step('{mine}', 'GET image /images', {
        ...ok(401, { code: '401 Unauthorized', title: 'Unauthorized', message: aText }),
        headers: { 'www-authenticate': /^Keystone uri=/ },
      }),
      step(
        '{mine}',
        'GET image /images',
        { status: 401, kind: 'html' },
        {
          headers: { accept: 'application/json, text/plain, */*' },
        },
      ),
    ],
  },
  {
    name: 'tokens: none at all is refused by every service',
    steps: [
      step('nobody', 'GET compute /servers', unauthorized),
      step('nobody', 'GET network /networks', unauthorized),
      step('nobody', 'GET image /images', ok(401, { title: 'Unauthorized' })),
    ],
  },
];
