import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
});
afterAll(() => bench.close());

const call = (service: string, method: string, path: string) => ({ service, method, path });
const listServers = call('compute', 'GET', '/v2.1/servers/detail');

async function send(path: string, body: object, token?: string): Promise<Response> {
  return fetch(`${bench.sandbox.authUrl}${path}`, {
    method: 'POST',
    headers: { ...(token && { 'X-Auth-Token': token }) },
    body: JSON.stringify(body),
  });
}

/** Variables of an application credential of alice that allows these calls only. */
async function variablesOf(name: string, rules: readonly object[]) {
  const { people, authUrl } = bench.sandbox;
  const password = people.find((one) => one.name === 'alice')?.password;
  const user = { name: 'alice', domain: { name: 'stfc' }, password };
  const scope = { project: { name: 'jupyter-notebooks', domain: { name: 'Default' } } };
  const identity = { methods: ['password'], password: { user } };
  const login = await send('/auth/tokens', { auth: { identity, scope } });
  const token = login.headers.get('x-subject-token') ?? '';
  const wanted = { name, access_rules: rules, expires_at: '2099-01-01T00:00:00' };
  const path = `/users/${JSON.parse(await login.text()).token.user.id}/application_credentials`;
  const made = await send(path, { application_credential: wanted }, token);
  const { application_credential: credential } = JSON.parse(await made.text());
  return {
    OS_AUTH_URL: authUrl,
    OS_AUTH_TYPE: 'v3applicationcredential',
    OS_APPLICATION_CREDENTIAL_ID: String(credential.id),
    OS_APPLICATION_CREDENTIAL_SECRET: String(credential.secret),
  };
}

test('a login by a credential with access rules says so, and logout what it could not revoke', async () => {
  const computer = bench.secondComputer();
  const environment = await variablesOf('ls-only', [listServers]);
  const login = await computer.nb('login --from-openstack-env', { environment });
  expect(login.stderr).toContain(
    'warning: The application credential has access rules: services refuse what they do not cover, and Keystone may not say when it expires.',
  );
  expect(login.code).toBe(0);
  expect((await computer.nb('ls')).code).toBe(0);
  const { stdout } = await computer.nb('whoami --check');
  expect(stdout).toContain('Authenticated by an application credential with access rules at');

  const logout = await computer.nb('logout');
  expect(logout.stdout).toMatch(
    /^Logged out alice\.\nIts token could not be revoked, as its application credential has access rules, and stays valid until .*; to end it now: openstack application credential delete [0-9a-f]{32}\n/,
  );
  expect(logout.code).toBe(0);
  expect((await computer.nb('whoami')).code).toBe(4);
});

test('logout --json of a credential with access rules reports its token as alive', async () => {
  const computer = bench.secondComputer();
  const revocation = call('identity', 'DELETE', '/v3/auth/tokens');
  const environment = await variablesOf('revoking', [listServers, revocation]);
  await computer.nb('login --from-openstack-env', { environment });
  const { code, stdout } = await computer.nb('logout --json');
  expect(JSON.parse(stdout)).toMatchObject({ credential: 'none', tokens: 'live', failure: null });
  expect(JSON.parse(stdout).livesUntil).not.toBeNull();
  expect(code).toBe(0);
});

test.each(['a stored login', 'a credential in the environment'])(
  'a call that no access rule covers is not allowed, with %s: exit 5',
  async (what) => {
    const computer = bench.secondComputer();
    const images = call('image', 'GET', '/v2/images');
    const environment = await variablesOf(`no-nova ${what}`, [images]);
    const pair = {
      NUBES_NB_APPLICATION_CREDENTIAL_ID: environment.OS_APPLICATION_CREDENTIAL_ID,
      NUBES_NB_APPLICATION_CREDENTIAL_SECRET: environment.OS_APPLICATION_CREDENTIAL_SECRET,
    };
    const isStored = what === 'a stored login';
    if (isStored) await computer.nb('login --from-openstack-env', { environment });
    const { code, stderr } = await computer.nb('ls', isStored ? {} : { environment: pair });
    expect(stderr).toContain(
      'error: Nova does not allow this: no access rule of the application credential covers GET /v2.1/servers/detail.\nhint: use an application credential whose access rules cover it, or one without access rules\nrequest id: req-',
    );
    expect(stderr).not.toContain('expired');
    expect(code).toBe(5);
  },
);
