import { expect, test } from 'vitest';
import * as credentials from '../../../src/openstack/identity/application-credentials.ts';
import * as projects from '../../../src/openstack/identity/projects.ts';
import * as tokens from '../../../src/openstack/identity/tokens.ts';
import { service } from '../../../src/openstack/service.ts';
import { failure, quietHttp, type Script, serve } from '../fake-service.ts';

async function keystone(script: Script) {
  const server = await serve(script);
  const identity = service(quietHttp().http, { name: 'Keystone', baseUrl: `${server.url}/v3` });
  return { identity, seen: server.seen };
}

const user = {
  id: 'u1',
  name: 'alice',
  domain: { id: 'd1', name: 'stfc' },
  password_expires_at: null,
};
const unscoped = {
  methods: ['password'],
  user,
  expires_at: '2026-11-23T01:24:27.000000Z',
  issued_at: '2026-11-22T21:24:27.000000Z',
};
const issue: Script = () => ({
  status: 201,
  headers: { 'X-Subject-Token': 'gAAAA-new' },
  json: {
    token: {
      ...unscoped,
      project: { id: 'p1', name: 'My Project', domain: { id: 'default', name: 'Default' } },
      roles: [{ id: 'r1', name: 'user' }],
      catalog: [{ type: 'compute', endpoints: [{ interface: 'public', url: 'https://c' }] }],
    },
  },
});

test('passwordToken requests a token for a project', async () => {
  const { identity, seen } = await keystone(issue);
  const token = await tokens.passwordToken(identity, {
    username: 'ALICE',
    password: 'pass word',
    userDomain: 'stfc',
    project: { id: 'p1' },
  });
  expect(token).toMatchObject({
    id: 'gAAAA-new',
    expiresAt: new Date('2026-11-23T01:24:27Z'),
    issuedAt: new Date('2026-11-22T21:24:27Z'),
    user: { id: 'u1', name: 'alice', domain: { id: 'd1', name: 'stfc' } },
    project: { id: 'p1', name: 'My Project' },
    roles: ['user'],
  });
  expect(token.catalog).toHaveLength(1);
  expect(seen[0]?.body).toEqual({
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'ALICE', password: 'pass word', domain: { name: 'stfc' } } },
      },
      scope: { project: { id: 'p1' } },
    },
  });
});

test('passwordToken without a project requests an unscoped token explicitly', async () => {
  const { identity, seen } = await keystone(() => ({
    status: 201,
    headers: { 'X-Subject-Token': 'gAAAA-new' },
    json: { token: unscoped },
  }));
  const login = { username: 'alice', password: 'x', userDomain: 'stfc' };
  const token = await tokens.passwordToken(identity, login);
  expect(token).toMatchObject({ project: undefined, catalog: undefined, roles: [] });
  expect(seen[0]?.body).toMatchObject({ auth: { scope: 'unscoped' } });
});

test('rescope and credentialToken are sent again after a 503', async () => {
  const { identity, seen } = await keystone((request, response, nth) =>
    nth % 2 === 1 ? { status: 503 } : issue(request, response, nth),
  );
  await tokens.rescope(identity, 'old-token', { id: 'p1' });
  await tokens.credentialToken(identity, { id: 'c1', secret: 's' });
  expect(seen[1]?.body).toEqual({
    auth: {
      identity: { methods: ['token'], token: { id: 'old-token' } },
      scope: { project: { id: 'p1' } },
    },
  });
  expect(seen[3]?.body).toEqual({
    auth: {
      identity: {
        methods: ['application_credential'],
        application_credential: { id: 'c1', secret: 's' },
      },
    },
  });
});

test('passwordToken is not sent again after a 503', async () => {
  const { identity, seen } = await keystone(() => ({ status: 503 }));
  const login = { username: 'alice', password: 'x', userDomain: 'stfc' };
  expect(await failure(tokens.passwordToken(identity, login))).toMatchObject({ status: 503 });
  expect(seen).toHaveLength(1);
});

test('a response without X-Subject-Token is SERVICE_ERROR', async () => {
  const { identity } = await keystone(() => ({ status: 201, json: { token: unscoped } }));
  const error = await failure(tokens.credentialToken(identity, { id: 'c1', secret: 'secret-7' }));
  expect(error).toMatchObject({ code: 'SERVICE_ERROR', service: 'Keystone' });
});

test.each([
  [204, 'a', 'b', undefined],
  [404, 'a', 'b', undefined],
  [401, 'a', 'a', undefined],
  [401, 'a', 'b', 401],
])(
  'revoke that gets %i with token %s for token %s throws %s',
  async (status, auth, subject, failed) => {
    const { identity, seen } = await keystone(() => ({ status }));
    const result = tokens.revoke(identity, auth, subject);
    if (failed === undefined) await result;
    else expect(await failure(result)).toMatchObject({ status: failed });
    expect(seen[0]).toMatchObject({
      method: 'DELETE',
      path: '/v3/auth/tokens',
      headers: { 'x-auth-token': auth, 'x-subject-token': subject },
    });
  },
);

test('listProjects uses the given token', async () => {
  const { identity, seen } = await keystone(() => ({
    json: { projects: [{ id: 'p1', name: 'My Project', domain_id: 'default', enabled: false }] },
  }));
  expect(await projects.listProjects(identity, 'gAAAA')).toEqual([
    { id: 'p1', name: 'My Project', enabled: false },
  ]);
  expect(seen[0]).toMatchObject({
    path: '/v3/auth/projects',
    headers: { 'x-auth-token': 'gAAAA' },
  });
});

const wire = {
  id: 'c1',
  name: 'nubes-nb/laptop/1',
  description: 'd',
  project_id: 'p1',
  expires_at: '2026-11-29T20:00:00.000000',
  unrestricted: null,
  roles: [],
};

test('credentials.create makes a restricted credential with an expiry and without roles', async () => {
  const { identity, seen } = await keystone(() => ({
    status: 201,
    json: { application_credential: { ...wire, secret: 'shown once' } },
  }));
  const made = await credentials.create(identity, 'gAAAA', 'u1', {
    name: wire.name,
    description: 'd',
    expiresAt: new Date('2026-11-29T20:00:00.500Z'),
  });
  expect(made).toEqual({
    id: 'c1',
    name: wire.name,
    description: 'd',
    projectId: 'p1',
    expiresAt: new Date('2026-11-29T20:00:00Z'),
    secret: 'shown once',
  });
  expect(seen[0]).toMatchObject({
    path: '/v3/users/u1/application_credentials',
    headers: { 'x-auth-token': 'gAAAA' },
  });
  expect(seen[0]?.body).toEqual({
    application_credential: {
      name: wire.name,
      description: 'd',
      unrestricted: false,
      expires_at: '2026-11-29T20:00:00Z',
    },
  });
});

test('credentials.list and remove accept one without an expiry and one that is missing', async () => {
  const { identity, seen } = await keystone(({ method }) =>
    method === 'DELETE'
      ? { status: 404 }
      : { json: { application_credentials: [{ ...wire, expires_at: null }] } },
  );
  const [found] = await credentials.list(identity, 'gAAAA', 'u1');
  expect(found).toMatchObject({ id: 'c1', expiresAt: undefined });
  expect(found).not.toHaveProperty('secret');
  expect(seen[0]?.path).toBe('/v3/users/u1/application_credentials');
  await credentials.remove(identity, 'gAAAA', 'u1', 'c1');
  expect(seen[1]?.path).toBe('/v3/users/u1/application_credentials/c1');
});
