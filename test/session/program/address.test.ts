import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Answer, serve } from '../../openstack/fake-service.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
});
afterAll(() => bench.close());

const dashboard = '<html><head><title>Login - OpenStack Dashboard</title></head></html>';

/** A new computer whose settings have this auth URL. */
function computerWith(authUrl: string): Workbench {
  const computer = bench.secondComputer();
  computer.configure((toml) => toml.replace(/auth_url = .*/, `auth_url = "${authUrl}"`));
  return computer;
}

test.each<[string, string, Answer, string]>([
  ['a static web page', '', { status: 405, text: '<h1>405 Not Allowed</h1>' }, 'a web page (405)'],
  ['Horizon', '/dashboard', { status: 403, text: dashboard }, 'Login - OpenStack Dashboard" (403)'],
  ['a web page for everything', '', { text: dashboard }, '"Login - OpenStack Dashboard" (200)'],
  ['a page with basic authentication', '', { status: 401, text: '<p>No' }, 'a web page (401)'],
  ['an address of nothing', '/v3', { status: 404, text: '<h1>Not Found' }, 'a web page (404)'],
  ['a redirect', '', { status: 302, headers: { Location: '/login' } }, 'a redirect to http:'],
  ['nothing', '', { status: 204 }, 'an empty response (204)'],
  ['another API', '/v2.0', { json: { status: 'ok' } }, 'unexpected JSON (200)'],
  ['an API gateway', '', { status: 404, json: { message: 'no Route' } }, 'unexpected JSON (404)'],
])('login at %s names the URL and the setting', async (_what, path, answer, words) => {
  const other = await serve(() => answer);
  const computer = computerWith(other.url + path);
  const { code, stderr } = await computer.login();
  const url = `${other.url}${path.replace(/\/v[23].*/, '')}/v3`;
  expect(stderr).toContain(`error: The answer from ${url} is not what Keystone sends: `);
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/\nhint: .*openstack\.auth_url/);
  expect(code).toBe(9);
  expect((await computer.nb('whoami')).code).toBe(4);
});

test.each(['/auth/tokens', '/users'])(
  'login at Keystone with %s behind its address prints the right setting',
  async (path) => {
    const computer = computerWith(bench.sandbox.authUrl + path);
    const { code, stderr } = await computer.login();
    expect(stderr).toContain(`${path}/v3 is not what Keystone sends: the web page "404`);
    expect(stderr).toContain('(404).');
    expect(stderr).toContain(
      `hint: nubes-nb config set openstack.auth_url ${bench.sandbox.authUrl}`,
    );
    expect(code).toBe(9);
  },
);

test('login at an address that moved to https prints the new setting', async () => {
  const moved = await serve(({ path }) => ({
    status: 301,
    headers: { Location: `https://127.0.0.1:5000${path}` },
  }));
  const { code, stderr } = await computerWith(moved.url).login();
  expect(stderr).toContain('a redirect to https://127.0.0.1:5000/v3/auth/tokens.');
  expect(stderr).toContain(
    'hint: nubes-nb config set openstack.auth_url https://127.0.0.1:5000/v3\n',
  );
  expect(code).toBe(9);
});

test.each([
  [{ status: 404, text: '<h1>Not Found' }, 'a web page (404)'],
  [{ status: 401, text: '<h1>Log in' }, 'a web page (401)'],
])('a page instead of a token is not an ended login: %j', async (answer, words) => {
  const other = await serve(() => answer);
  const computer = computerWith(other.url);
  const environment = {
    NUBES_NB_APPLICATION_CREDENTIAL_ID: '0'.repeat(32),
    NUBES_NB_APPLICATION_CREDENTIAL_SECRET: 'secret-value',
  };
  const { code, stderr } = await computer.nb('ls', { environment });
  expect(stderr).toContain(words);
  expect(code).toBe(9);
});

/** A new computer that is logged in, but whose service of this type is elsewhere. */
async function loggedInWith(type: string, url: string): Promise<Workbench> {
  const computer = bench.secondComputer();
  await computer.login();
  const file = join(computer.stateFolder, 'session.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  state.sessions.default.endpoints[type] = url;
  writeFileSync(file, JSON.stringify(state));
  return computer;
}

test.each<[string, Answer, string]>([
  ['a 404', { status: 404, text: dashboard }, '"Login - OpenStack Dashboard" (404)'],
  ['a 403', { status: 403, text: dashboard }, '"Login - OpenStack Dashboard" (403)'],
  ['a login page', { status: 401, text: dashboard }, '"Login - OpenStack Dashboard" (401)'],
  ['a redirect', { status: 307, headers: { Location: 'https://sso/' } }, 'to https://sso/.'],
  ['nothing', { status: 200, text: '' }, 'an empty response (200)'],
])(
  '%s instead of Nova is neither a missing notebook nor an ended login',
  async (_, answer, words) => {
    const other = await serve(() => answer);
    const computer = await loggedInWith('compute', `${other.url}/v2.1`);
    for (const command of [
      'show x',
      'ls',
      `show ${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`,
    ]) {
      const { code, stderr } = await computer.nb(command);
      expect(stderr).toContain(`error: The answer from ${other.url}/v2.1 is not what Nova sends: `);
      expect(stderr).toContain(words);
      expect(stderr).toContain(
        'hint: check openstack.auth_url and the address of Nova in the service',
      );
      expect(code).toBe(9);
    }
  },
);

test('login with a service of the catalog at another address names it', async () => {
  const other = await serve(() => ({ status: 404, text: dashboard }));
  bench.sandbox.cloud.changeCatalog((catalog) =>
    catalog.map((service) =>
      service.type === 'compute'
        ? { ...service, endpoints: service.endpoints.map((one) => ({ ...one, url: other.url })) }
        : service,
    ),
  );
  const { code, stderr } = await bench.secondComputer().login();
  bench.sandbox.cloud.changeCatalog((catalog) => catalog);
  expect(stderr).toContain(
    `error: The answer from ${other.url}/v2.1 is not what Nova sends: the web page`,
  );
  expect(code).toBe(9);
});

/** Runs these commands on a new computer while the catalog is this one. */
async function withCatalog(
  change: Parameters<Workbench['sandbox']['cloud']['changeCatalog']>[0],
  ...commands: readonly string[]
) {
  bench.sandbox.cloud.changeCatalog(change);
  const computer = bench.secondComputer();
  const login = await computer.login();
  const others = [];
  for (const command of commands) others.push(await computer.nb(command));
  bench.sandbox.cloud.changeCatalog((catalog) => catalog);
  return [login, ...others] as const;
}

test.each([
  ['compute', 'http://127.0.0.1:8774/v2.1/%(tenant_id)s'],
  ['image', 'http://$(public_host)s:9292'],
  ['network', `https://neutron.example.org/\${project_id}`],
])(
  'login names the %s service and the URL %s, which Keystone has not filled',
  async (type, url) => {
    const [{ code, stderr }] = await withCatalog((catalog) =>
      catalog.map((service) =>
        service.type === type
          ? { ...service, endpoints: service.endpoints.map((one) => ({ ...one, url })) }
          : service,
      ),
    );
    expect(stderr).toContain(
      `error: The catalog's ${type} endpoint is a template that Keystone has not filled: ${url}.\nhint: ask your cloud team to correct the endpoint of the ${type} service in Keystone\n`,
    );
    expect(code).toBe(9);
  },
);

test('login says that a service is in the catalog without an endpoint', async () => {
  const [{ code, stderr }] = await withCatalog((catalog) =>
    catalog.map((service) => (service.type === 'image' ? { ...service, endpoints: [] } : service)),
  );
  expect(stderr).toContain(
    'error: The catalog of your project lists the image service without an endpoint.\n',
  );
  expect(code).toBe(11);
});

test('the first of two services of a type is used, or the one that has the endpoint', async () => {
  const other = await serve(() => ({ status: 404, text: dashboard }));
  const outcomes = await withCatalog(
    (catalog) =>
      catalog.flatMap((service) => {
        const elsewhere = service.endpoints.map((one) => ({ ...one, url: other.url }));
        const second = { ...service, id: 'second', endpoints: elsewhere };
        return service.type === 'image'
          ? [{ ...second, endpoints: [] }, service]
          : [service, second];
      }),
    'ls',
    'create twice --wait running',
    'delete twice --yes',
  );
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
});

test('login by an IPv6 address uses it for Keystone and for the services of the catalog', async () => {
  const { cloud } = bench.sandbox;
  const servers = await Promise.all(
    [cloud.authUrl, cloud.endpoints.compute].map((url) => ipv6Door(new URL(url).port)),
  );
  const [identity = '', compute = ''] = servers;
  cloud.changeCatalog((catalog) =>
    catalog.map((service) => {
      const url = { identity: `${identity}/v3/`, compute: `${compute}/v2.1/` }[service.type];
      return url === undefined
        ? service
        : { ...service, endpoints: service.endpoints.map((one) => ({ ...one, url })) };
    }),
  );
  const computer = computerWith(`${identity}/v3`);
  const login = await computer.login();
  const list = await computer.nb('ls');
  const whoami = await computer.nb('whoami --check --json');
  cloud.changeCatalog((catalog) => catalog);
  expect(login).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
  expect(list.code).toBe(0);
  expect(JSON.parse(whoami.stdout)).toMatchObject({ authUrl: `${identity}/v3` });
});

/** The origin, on ::1, that leads to this port of 127.0.0.1. */
async function ipv6Door(port: string): Promise<string> {
  const server = createServer((socket) => {
    const other = connect(Number(port), '127.0.0.1');
    for (const end of [socket, other]) end.on('error', () => end.destroy());
    socket.pipe(other).pipe(socket);
  });
  server.listen(0, '::1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://[::1]:${(server.address() as AddressInfo).port}`;
}
