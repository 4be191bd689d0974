import {
  anyText,
  type Exchange,
  emptyReply,
  jsonReply,
  keystoneRefusal,
  listWith,
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
  return step('anonymous', 'POST identity /auth/tokens', expect, { body, ...more });
}

/** What a token allows, and its revocation. */
export const tokenExchanges: readonly Exchange[] = [
  {
    name: 'projects: only those on which the user has a role',
    steps: [
      step(
        'bob:unscoped',
        'GET identity /auth/projects',
        jsonReply(200, {
          'projects.length': 2,
          projects: listWith(({ name }) => name === 'lpd'),
          'projects.0.domain_id': 'default',
          'projects.0.enabled': true,
          'links.next': null,
        }),
      ),
      step('erin:unscoped', 'GET identity /auth/projects', jsonReply(200, { projects: [] })),
      step('anonymous', 'GET identity /auth/projects', unauthorized),
    ],
  },
  {
    name: 'rescoping: an unscoped token gets a scoped one with the same expiry',
    steps: [
      login(auth(alice), jsonReply(201), {
        save: { unscoped: 'header:x-subject-token', ends: 'token.expires_at' },
      }),
      login(
        {
          auth: {
            identity: { methods: ['token'], token: { id: '{unscoped}' } },
            scope: { project },
          },
        },
        jsonReply(201, {
          // Keystone returns them unordered.
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
    name: 'policy: a member may look up neither users nor projects',
    steps: [
      ['/users', 'list_users'],
      ['/users/nobody', 'get_user'],
      ['/projects', 'list_projects'],
      ['/projects?name=lpd', 'list_projects'],
      ['/projects/nothing', 'get_project'],
    ].map(([path, rule]) =>
      step(
        'alice',
        `GET identity ${path}`,
        keystoneRefusal(
          403,
          'Forbidden',
          `You are not authorized to perform the requested action: identity:${rule}.`,
        ),
      ),
    ),
  },
  {
    name: 'tokens: a token shows itself, revokes itself, and then every service refuses it',
    steps: [
      login(auth(alice, { project }), jsonReply(201), { save: { mine: 'header:x-subject-token' } }),
      step('{mine}', 'GET identity /auth/tokens', jsonReply(200, { 'token.user.name': 'alice' }), {
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
      step('{mine}', 'DELETE identity /auth/tokens', emptyReply(204), {
        headers: { 'x-subject-token': '{mine}' },
      }),
      // Another process of Keystone may have the token in its cache for a moment.
      { ...step('{mine}', 'GET identity /auth/projects', unauthorized), retry: true },
      step('{mine}', 'GET compute /servers', unauthorized),
      step('{mine}', 'GET network /networks', unauthorized),
      step('{mine}', 'GET image /images', {
        ...jsonReply(401, { code: '401 Unauthorized', title: 'Unauthorized', message: anyText }),
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
    name: 'tokens: every service refuses a request without a token',
    steps: [
      step('anonymous', 'GET compute /servers', unauthorized),
      step('anonymous', 'GET network /networks', unauthorized),
      step('anonymous', 'GET image /images', jsonReply(401, { title: 'Unauthorized' })),
    ],
  },
];
