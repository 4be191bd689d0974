import {
  absent,
  anyText,
  type Exchange,
  emptyReply,
  hex32,
  hex64,
  jsonReply,
  keystoneRefusal,
  listWith,
  microTime,
  type Step,
  step,
  unauthorized,
} from './exchange.ts';

const path = 'identity /users/{user}/application_credentials';
const unknownCredential = '00000000000000000000000000000000';

function createCredential(
  as: string,
  wanted: object,
  expect: Step['expect'],
  save: object = {},
): Step {
  return step(as, `POST ${path}`, expect, {
    body: { application_credential: wanted },
    save: save as Record<string, string>,
  });
}

function logInWith(id: string, secret: string, expect: Step['expect'], save: object = {}): Step {
  const identity = { methods: ['application_credential'], application_credential: { id, secret } };
  return step('anonymous', 'POST identity /auth/tokens', expect, {
    body: { auth: { identity } },
    save: save as Record<string, string>,
  });
}

const savedCredential = {
  id: 'application_credential.id',
  secret: 'application_credential.secret',
};
const managementForbidden =
  "You are not authorized to perform the requested action: Using method 'application_credential' is not allowed for managing additional application credentials..";

const invalid = (name: string, wanted: object, message: RegExp): Exchange => ({
  name: `credentials: ${name} is 400`,
  steps: [createCredential('alice', wanted, keystoneRefusal(400, 'Bad Request', message))],
});

/** Application credentials, from creation to deletion. */
export const credentialExchanges: readonly Exchange[] = [
  {
    name: 'credentials: a restricted credential logs in, cannot manage credentials, and its tokens end with it',
    steps: [
      createCredential(
        'alice',
        { name: 'nb-contract-{run}', description: 'x' },
        jsonReply(201, {
          'application_credential.id': hex32,
          'application_credential.name': 'nb-contract-{run}',
          'application_credential.description': 'x',
          'application_credential.secret': anyText,
          'application_credential.project_id': '{projectId}',
          'application_credential.user_id': '{user}',
          'application_credential.expires_at': null,
          'application_credential.unrestricted': null,
          'application_credential.roles': listWith(({ name }) => name === 'member'),
          'application_credential.system': null,
        }),
        savedCredential,
      ),
      createCredential(
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
        jsonReply(200, {
          'application_credentials.length': 1,
          'application_credentials.0.id': '{id}',
          'application_credentials.0.secret': absent,
          'links.next': null,
        }),
      ),
      step('alice', `GET ${path}/{id}`, jsonReply(200, { 'application_credential.id': '{id}' })),
      logInWith(
        '{id}',
        '{secret}',
        jsonReply(201, {
          'token.methods': ['application_credential'],
          'token.user.id': hex64,
          'token.project.name': '{project}',
          'token.application_credential.restricted': true,
          'token.application_credential.name': 'nb-contract-{run}',
          'token.catalog.0.name': anyText,
        }),
        { own: 'header:x-subject-token' },
      ),
      logInWith('{id}', 'wrong', unauthorized),
      step('{own}', 'GET compute /servers', jsonReply(200)),
      step('{own}', `GET ${path}`, jsonReply(200)),
      step('{own}', `DELETE ${path}/{id}`, keystoneRefusal(403, 'Forbidden', managementForbidden)),
      createCredential(
        '{own}',
        { name: 'nb-contract-b-{run}' },
        keystoneRefusal(403, 'Forbidden', managementForbidden),
      ),
      step('alice', `DELETE ${path}/{id}`, emptyReply(204)),
      step('{own}', 'GET compute /servers', unauthorized),
      logInWith(
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
    name: 'credentials: an unrestricted credential may delete itself',
    steps: [
      createCredential(
        'alice',
        { name: 'nb-contract-u-{run}', unrestricted: true },
        jsonReply(201, { 'application_credential.unrestricted': true }),
        savedCredential,
      ),
      logInWith(
        '{id}',
        '{secret}',
        jsonReply(201, { 'token.application_credential.restricted': false }),
        {
          own: 'header:x-subject-token',
        },
      ),
      step('{own}', `DELETE ${path}/{id}`, emptyReply(204)),
      step('{own}', 'GET compute /servers', unauthorized),
    ],
  },
  {
    name: 'credentials: a token expires with its credential, and an expired credential is 401',
    steps: [
      createCredential(
        'alice',
        { name: 'nb-contract-e-{run}', expires_at: '{soon}Z' },
        jsonReply(201, { 'application_credential.expires_at': microTime }),
        savedCredential,
      ),
      logInWith(
        '{id}',
        '{secret}',
        jsonReply(201, { 'token.expires_at': /^{soon}(\.000000Z)?$/ }),
        {
          own: 'header:x-subject-token',
        },
      ),
      { ...logInWith('{id}', '{secret}', unauthorized), retry: true },
      { ...step('{own}', 'GET compute /servers', unauthorized), retry: true },
      step('alice', `DELETE ${path}/{id}`, emptyReply(204)),
    ],
  },
  {
    name: 'credentials: an unknown credential is 404, for login and GET',
    steps: [
      logInWith(
        unknownCredential,
        'x',
        keystoneRefusal(
          404,
          'Not Found',
          `Could not find Application Credential: ${unknownCredential}.`,
        ),
      ),
      step(
        'alice',
        `GET ${path}/${unknownCredential}`,
        keystoneRefusal(
          404,
          'Not Found',
          `Could not find Application Credential: ${unknownCredential}.`,
        ),
      ),
    ],
  },
  {
    name: "credentials: another user's credentials are 403",
    steps: [
      step(
        'bob',
        `GET ${path}`,
        keystoneRefusal(403, 'Forbidden', /identity:list_application_credentials\.$/),
      ),
      createCredential(
        'bob',
        { name: 'nb-contract-x' },
        keystoneRefusal(403, 'Forbidden', /identity:create_application_credential\.$/),
      ),
      step(
        'bob',
        `DELETE ${path}/${unknownCredential}`,
        keystoneRefusal(403, 'Forbidden', /identity:delete_application_credential\.$/),
      ),
    ],
  },
  invalid('no name', {}, /'name' is a required property/),
  invalid('a name of 256 characters', { name: 'x'.repeat(256) }, /'x+' is too long/),
  invalid(
    'an unassigned role',
    { name: 'nb-contract-r', roles: [{ name: 'admin' }] },
    /Cannot create an application credential with unassigned role$/,
  ),
  invalid(
    'an expires_at in the past',
    { name: 'nb-contract-p', expires_at: '2020-01-01T00:00:00Z' },
    /^The 'expires_at' must not be before now\./,
  ),
  invalid(
    'a malformed expires_at',
    { name: 'nb-contract-t', expires_at: 'tomorrow' },
    /^Timestamp not in expected format\./,
  ),
  invalid(
    'an unknown field',
    { name: 'nb-contract-n', nonsense: 1 },
    /'nonsense' (is an invalid keyword argument|was unexpected)/,
  ),
];
