import {
  absent,
  aText,
  type Exchange,
  hex32,
  hex64,
  keystoneRefusal,
  listWith,
  microTime,
  nothing,
  ok,
  type Step,
  step,
  unauthorized,
} from './exchange.ts';

const path = 'identity /users/{user}/application_credentials';
const none = '00000000000000000000000000000000';

function make(as: string, wanted: object, expect: Step['expect'], save: object = {}): Step {
  return step(as, `POST ${path}`, expect, {
    body: { application_credential: wanted },
    save: save as Record<string, string>,
  });
}

function use(id: string, secret: string, expect: Step['expect'], save: object = {}): Step {
  const identity = { methods: ['application_credential'], application_credential: { id, secret } };
  return step('nobody', 'POST identity /auth/tokens', expect, {
    body: { auth: { identity } },
    save: save as Record<string, string>,
  });
}

const kept = { id: 'application_credential.id', secret: 'application_credential.secret' };
const unmanageable =
  "You are not authorized to perform the requested action: Using method 'application_credential' is not allowed for managing additional application credentials..";

const bad = (name: string, wanted: object, message: RegExp): Exchange => ({
  name: `credentials: ${name} is 400`,
  steps: [make('alice', wanted, keystoneRefusal(400, 'Bad Request', message))],
});

/** Application credentials, from creation to their end. */
export const credentialExchanges: readonly Exchange[] = [
  {
    name: 'credentials: a restricted one logs in, manages none, and ends with its tokens',
    steps: [
      make(
        'alice',
        { name: 'nb-contract-{run}', description: 'x' },
        ok(201, {
          'application_credential.id': hex32,
          'application_credential.name': 'nb-contract-{run}',
          'application_credential.description': 'x',
          'application_credential.secret': aText,
          'application_credential.project_id': '{projectId}',
          'application_credential.user_id': '{user}',
          'application_credential.expires_at': null,
          'application_credential.unrestricted': null,
          'application_credential.roles': listWith(({ name }) => name === 'member'),
          'application_credential.system': null,
        }),
        kept,
      ),
      make(
        'alice',
        { name: 'nb-contract-{run}' },
        keystoneRefusal(
          409,
          'Conflict',
          'Conflict occurred attempting to store application_credential - Duplicate entry found with name nb-contract-{run}.',
        ),
      ),
      step(
        'alice',
        `GET ${path}?name=nb-contract-{run}`,
        ok(200, {
          'application_credentials.length': 1,
          'application_credentials.0.id': '{id}',
          'application_credentials.0.secret': absent,
          'links.next': null,
        }),
      ),
      step('alice', `GET ${path}/{id}`, ok(200, { 'application_credential.id': '{id}' })),
      use(
        '{id}',
        '{secret}',
        ok(201, {
          'token.methods': ['application_credential'],
          'token.user.id': hex64,
          'token.project.name': '{project}',
          'token.application_credential.restricted': true,
          'token.application_credential.name': 'nb-contract-{run}',
          'token.catalog.0.name': aText,
        }),
        { own: 'header:x-subject-token' },
      ),
      use('{id}', 'wrong', unauthorized),
      step('{own}', 'GET compute /servers', ok(200)),
      step('{own}', `GET ${path}`, ok(200)),
      step('{own}', `DELETE ${path}/{id}`, keystoneRefusal(403, 'Forbidden', unmanageable)),
      make(
        '{own}',
        { name: 'nb-contract-b-{run}' },
        keystoneRefusal(403, 'Forbidden', unmanageable),
      ),
      step('alice', `DELETE ${path}/{id}`, nothing(204)),
      step('{own}', 'GET compute /servers', unauthorized),
      use(
        '{id}',
        '{secret}',
        keystoneRefusal(404, 'Not Found', 'Could not find Application Credential: {id}.'),
      ),
      step(
        'alice',
        `DELETE ${path}/{id}`,
        keystoneRefusal(404, 'Not Found', 'Could not find Application Credential: {id}.'),
      ),
    ],
  },
  {
    name: 'credentials: an unrestricted one may delete itself',
    steps: [
      make(
        'alice',
        { name: 'nb-contract-u-{run}', unrestricted: true },
        ok(201, { 'application_credential.unrestricted': true }),
        kept,
      ),
      use('{id}', '{secret}', ok(201, { 'token.application_credential.restricted': false }), {
        own: 'header:x-subject-token',
      }),
      step('{own}', `DELETE ${path}/{id}`, nothing(204)),
      step('{own}', 'GET compute /servers', unauthorized),
    ],
  },
  {
    name: 'credentials: its token does not outlive it, and an expired one is 401',
    steps: [
      make(
        'alice',
        { name: 'nb-contract-e-{run}', expires_at: '{soon}Z' },
        ok(201, { 'application_credential.expires_at': microTime }),
        kept,
      ),
      use('{id}', '{secret}', ok(201, { 'token.expires_at': '{soon}' }), {
        own: 'header:x-subject-token',
      }),
      { ...use('{id}', '{secret}', unauthorized), patient: true },
      { ...step('{own}', 'GET compute /servers', unauthorized), patient: true },
      step('alice', `DELETE ${path}/{id}`, nothing(204)),
    ],
  },
  {
    name: 'credentials: an unknown one is 404, to use and to look at',
    steps: [
      use(
        none,
        'x',
        keystoneRefusal(404, 'Not Found', `Could not find Application Credential: ${none}.`),
      ),
      step(
        'alice',
        `GET ${path}/${none}`,
        keystoneRefusal(404, 'Not Found', `Could not find Application Credential: ${none}.`),
      ),
    ],
  },
  {
    name: "credentials: another user's are forbidden",
    steps: [
      step(
        'bob',
        `GET ${path}`,
        keystoneRefusal(403, 'Forbidden', /identity:list_application_credentials\.$/),
      ),
      make(
        'bob',
        { name: 'nb-contract-x' },
        keystoneRefusal(403, 'Forbidden', /identity:create_application_credential\.$/),
      ),
      step(
        'bob',
        `DELETE ${path}/${none}`,
        keystoneRefusal(403, 'Forbidden', /identity:delete_application_credential\.$/),
      ),
    ],
  },
  bad('no name', {}, /^'name' is a required property/),
  bad(
    'a name of 256 characters',
    { name: 'x'.repeat(256) },
    /^Invalid input for field 'name': 'x+' is too long/,
  ),
  bad(
    'an unassigned role',
    { name: 'nb-contract-r', roles: [{ name: 'admin' }] },
    /Cannot create an application credential with unassigned role$/,
  ),
  bad(
    'an end in the past',
    { name: 'nb-contract-p', expires_at: '2020-01-01T00:00:00Z' },
    /^The 'expires_at' must not be before now\./,
  ),
  bad(
    'an end that is no time',
    { name: 'nb-contract-t', expires_at: 'tomorrow' },
    /^Timestamp not in expected format\./,
  ),
  bad(
    'an unknown field',
    { name: 'nb-contract-n', nonsense: 1 },
    /^'nonsense' is an invalid keyword argument for ApplicationCredentialModel$/,
  ),
];
