import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { siteCertificate } from '../../support/https.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
let pair: { readonly id: string; readonly secret: string };
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  pair = keptPair(bench);
});
afterAll(() => bench.close());

function keptPair({ stateFolder }: Workbench) {
  const { secrets } = JSON.parse(readFileSync(join(stateFolder, 'secrets.json'), 'utf8'));
  const { credentialId, secret } = JSON.parse(Object.values<string>(secrets)[0] ?? '');
  return { id: String(credentialId), secret: String(secret) };
}

const passwordOf = (who: string) =>
  bench.sandbox.people.find(({ name }) => name === who)?.password ?? '';

describe('an application credential in the environment', () => {
  const variables = (more: Record<string, string> = {}) => ({
    environment: {
      NUBES_NB_APPLICATION_CREDENTIAL_ID: pair.id,
      NUBES_NB_APPLICATION_CREDENTIAL_SECRET: pair.secret,
      ...more,
    },
  });

  test('a credential in the environment is used by all commands, which store no session', async () => {
    const runner = bench.secondComputer();
    expect((await runner.nb('ls -q', variables())).code).toBe(0);
    const created = await runner.nb('create from-ci --json', variables());
    const { url } = JSON.parse(created.stdout);
    expect(url).toContain('token=');
    const again = await runner.nb('url from-ci', variables());
    expect(again.stdout).toContain(url);
    const { stdout } = await runner.nb('whoami', variables());
    expect(stdout).toMatch(
      /^Logged in as alice, .* with no expiry\.\nSession in the environment\.\n/,
    );
    expect(() => readFileSync(join(runner.stateFolder, 'session.json'))).toThrow('ENOENT');
    expect((await runner.nb('ls')).code).toBe(4);
  });

  test('a credential in the environment overrides a stored login, with a warning at login', async () => {
    const bob = bench.secondComputer();
    const login = await bob.nb('login -u bob --password-stdin --project lpd', {
      ...variables(),
      stdin: passwordOf('bob'),
    });
    expect(login.stderr).toContain(
      'warning: Commands use NUBES_NB_APPLICATION_CREDENTIAL_ID, not this login, while it is set.',
    );
    expect((await bob.nb('whoami -q', variables())).stdout).toBe('alice\n');
    expect((await bob.nb('whoami -q')).stdout).toBe('bob\n');
  });

  test('a credential in the environment that Keystone refuses exits 4 and names the variables', async () => {
    for (const more of [
      { NUBES_NB_APPLICATION_CREDENTIAL_SECRET: 'wrong-secret' },
      { NUBES_NB_APPLICATION_CREDENTIAL_ID: '0'.repeat(32) },
    ]) {
      const { code, stderr } = await bench.secondComputer().nb('ls', variables(more));
      expect(stderr).toMatch(
        /^error: Keystone does not accept the application credential in the environment\.\nhint: check NUBES_NB_APPLICATION_CREDENTIAL_ID and _SECRET\n/,
      );
      expect(stderr).not.toContain('wrong-secret');
      expect(code).toBe(4);
    }
  });

  test('a credential in the environment without its secret exits 11 and names the variable', async () => {
    const environment = { NUBES_NB_APPLICATION_CREDENTIAL_ID: pair.id };
    const { code, stderr } = await bench.nb('ls', { environment });
    expect(stderr).toContain('NUBES_NB_APPLICATION_CREDENTIAL_SECRET is not.');
    expect(code).toBe(11);
    expect((await bench.secondComputer().nb('logout', { environment })).code).toBe(0);
  });

  test('a credential in the environment without openstack.auth_url exits 11', async () => {
    const runner = bench.secondComputer();
    runner.configure(() => '');
    const { code, stderr } = await runner.nb('ls', variables());
    expect(stderr).toContain('hint: set NUBES_NB_OPENSTACK_AUTH_URL');
    expect(code).toBe(11);
    const more = { NUBES_NB_OPENSTACK_AUTH_URL: bench.sandbox.authUrl };
    expect((await runner.nb('ls', variables(more))).code).toBe(0);
  });
});

describe('login --from-openstack-env', () => {
  const passwordVariables = (who: string) => ({
    OS_AUTH_URL: bench.sandbox.authUrl,
    OS_USERNAME: who,
    OS_USER_DOMAIN_NAME: 'stfc',
    OS_PROJECT_NAME: 'jupyter-notebooks',
    OS_PROJECT_DOMAIN_ID: 'default',
  });

  test('login --from-openstack-env with a password creates a credential', async () => {
    const other = bench.secondComputer();
    const environment = { ...passwordVariables('carol'), OS_PASSWORD: passwordOf('carol') };
    const { code, stdout } = await other.nb('login --from-openstack-env', { environment });
    expect(stdout).toContain('Logged in as carol, project jupyter-notebooks,');
    expect(code).toBe(0);
    expect((await other.nb('ls')).code).toBe(0);
  });

  test('a refused login of the environment warns of line breaks and names the openstack client', async () => {
    const environment = { ...passwordVariables('carol'), OS_PASSWORD: `${passwordOf('carol')}\r` };
    const { code, stderr } = await bench.secondComputer().nb('login --from-openstack-env', {
      environment,
    });
    expect(stderr).toMatch(
      /^warning: The line break at the end of the value is part of it: OS_PASSWORD\.\n/,
    );
    expect(stderr).toContain(
      'error: The user ID or the password is wrong, or carol is not in the domain stfc.\nhint: try the same with: openstack token issue\n',
    );
    expect(code).toBe(4);
  });

  const whoami = async (environment: Record<string, string>) => {
    const other = bench.secondComputer();
    const login = await other.nb('login --from-openstack-env --json', { environment });
    if (login.code !== 0) return `${login.code} ${login.stderr}`;
    const { user, project } = JSON.parse((await other.nb('whoami --json')).stdout);
    return `${user.name} ${project.name}`;
  };

  test('login --from-openstack-env takes the user, domain and project by id', async () => {
    const { user, project } = JSON.parse((await bench.nb('whoami --json')).stdout);
    const issued = await fetch(`${bench.sandbox.authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { id: user.id, password: passwordOf('alice') } },
          },
        },
      }),
    });
    const domainId: string = JSON.parse(await issued.text()).token.user.domain.id;
    const byUser = {
      ...{ OS_AUTH_URL: bench.sandbox.authUrl, OS_PASSWORD: passwordOf('alice') },
      ...{ OS_USER_ID: user.id, OS_TENANT_ID: project.id },
    };
    const byDomain = {
      ...{ OS_AUTH_URL: bench.sandbox.authUrl, OS_PASSWORD: passwordOf('alice') },
      ...{ OS_USERNAME: 'alice', OS_USER_DOMAIN_ID: domainId, OS_TENANT_NAME: project.name },
    };
    expect(await whoami(byUser)).toBe('alice jupyter-notebooks');
    expect(await whoami(byDomain)).toBe('alice jupyter-notebooks');
    expect(await whoami({ ...byDomain, OS_USER_DOMAIN_ID: 'default' })).toMatch(/^4 .*is wrong\./s);
  });

  test('login --from-openstack-env refuses a project of another domain than the one it names', async () => {
    const variables = { ...passwordVariables('alice'), OS_PASSWORD: passwordOf('alice') };
    expect(await whoami({ ...variables, OS_PROJECT_DOMAIN_ID: 'other' })).toMatch(
      /^5 .*The project jupyter-notebooks is in the domain Default, not in other\./s,
    );
    const { OS_PROJECT_DOMAIN_ID: _, ...byName } = variables;
    expect(await whoami({ ...byName, OS_PROJECT_DOMAIN_NAME: 'default' })).toMatch(/^alice /);
    expect(await whoami({ ...byName, OS_PROJECT_DOMAIN_NAME: 'stfc' })).toMatch(/^5 /);
  });

  test('login --from-openstack-env takes an application credential by its name and user', async () => {
    const saved = JSON.parse(readFileSync(join(bench.stateFolder, 'session.json'), 'utf8'));
    const { credential } = saved.sessions.default;
    const variables = {
      OS_AUTH_URL: bench.sandbox.authUrl,
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_APPLICATION_CREDENTIAL_NAME: credential.name,
      OS_APPLICATION_CREDENTIAL_SECRET: pair.secret,
    };
    const user = { OS_USERNAME: 'alice', OS_USER_DOMAIN_NAME: 'stfc' };
    expect(await whoami({ ...variables, ...user })).toBe('alice jupyter-notebooks');
    expect(await whoami(variables)).toMatch(
      /^11 .*The login of the environment has no username\./s,
    );
    expect(await whoami({ ...variables, ...user, OS_PROJECT_NAME: 'lpd' })).toMatch(
      /^5 .*The application credential is for the project jupyter-notebooks, not for lpd\./s,
    );
  });

  describe('a Keystone with a certificate of the site', () => {
    let authUrl: string;
    let computer: Workbench;
    let caFile: string;
    beforeEach(async () => {
      const { certificate: cert, key } = await siteCertificate('localhost');
      const server = createServer({ cert, key }, (incoming, response) => {
        const { method = 'GET', headers, url = '' } = incoming;
        const target = new URL(url, bench.sandbox.authUrl);
        const passed = request(target, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        incoming.pipe(passed);
      }).listen(0, '127.0.0.1');
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      authUrl = `https://localhost:${(server.address() as AddressInfo).port}/v3`;
      computer = bench.secondComputer();
      computer.configure(() => '[session]\nstore = "file"\n');
      caFile = join(computer.home, 'ca.pem');
      writeFileSync(caFile, cert);
    });
    const login = (more: Record<string, string>) =>
      computer.nb('login --from-openstack-env', {
        environment: {
          ...passwordVariables('alice'),
          OS_PASSWORD: passwordOf('alice'),
          OS_AUTH_URL: authUrl,
          ...more,
        },
      });
    const savedFile = () =>
      JSON.parse(readFileSync(join(computer.stateFolder, 'session.json'), 'utf8')).sessions.default
        .caFile;

    test.each([
      ['an absolute path', () => caFile],
      ['a path relative to the working folder', () => 'ca.pem'],
      ['a path with ~', () => '~/ca.pem'],
    ])('is trusted by OS_CACERT with %s, in later commands too', async (_what, file) => {
      const { code, stderr } = await login({ OS_CACERT: file() });
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('warning')]);
      expect(savedFile()).toBe(caFile);
      computer.pass(6 * 3_600_000);
      expect((await computer.nb('ls')).code).toBe(0);
      expect((await computer.nb('logout')).code).toBe(0);
    });

    test('is trusted by cacert of clouds.yaml', async () => {
      const [username, password] = ['alice', passwordOf('alice')];
      const cloud = {
        cacert: caFile,
        auth: {
          auth_url: authUrl,
          username,
          password,
          user_domain_name: 'stfc',
          project_name: 'jupyter-notebooks',
        },
      };
      writeFileSync(
        join(computer.home, 'clouds.yaml'),
        JSON.stringify({ clouds: { site: cloud } }),
      );
      const seen = await computer.nb('login --from-openstack-env', {
        environment: { OS_CLOUD: 'site' },
      });
      expect(seen.code).toBe(0);
      expect(savedFile()).toBe(caFile);
    });

    test('is reported if the CA file of the login is gone later, and logout still ends the session', async () => {
      await login({ OS_CACERT: caFile });
      rmSync(caFile);
      const { code, stderr } = await computer.nb('ls');
      expect(stderr).toContain(`error: OS_CACERT ${caFile} cannot be read: there is no such file.`);
      expect(code).toBe(11);
      const out = await computer.nb('logout');
      expect(out.stdout + out.stderr).toContain('Logged out alice.');
      expect((await computer.nb('whoami')).code).toBe(4);
    });

    test('is refused without OS_CACERT', async () => {
      const { code, stderr } = await login({});
      expect(stderr).toContain('self-signed');
      expect(code).toBe(9);
    });

    test.each([
      [
        'is missing',
        () => join(computer.home, 'none.pem'),
        'cannot be read: there is no such file',
      ],
      [
        'has no certificate',
        () => join(computer.home, '.config/nubes-nb/config.toml'),
        'contains no PEM certificate',
      ],
    ])('is refused with an OS_CACERT that %s', async (_what, file, why) => {
      const { code, stderr } = await login({ OS_CACERT: file() });
      expect(stderr).toContain(`error: OS_CACERT ${file()} ${why}.`);
      expect(stderr).toContain('hint: log in again with another OS_CACERT');
      expect(code).toBe(11);
    });

    test('is trusted by openstack.ca_file rather than by OS_CACERT', async () => {
      const own = join(computer.home, 'own.pem');
      writeFileSync(own, readFileSync(caFile));
      const variables = { OS_CACERT: '/nowhere/ca.pem', NUBES_NB_OPENSTACK_CA_FILE: own };
      const { code, stderr } = await login(variables);
      expect(stderr).toContain(
        'The CA file of the environment is not used, because openstack.ca_file',
      );
      expect(code).toBe(0);
      expect(savedFile()).toBeNull();
    });

    test('keeps its CA file in a new login with a password, and is not trusted for another cloud', async () => {
      await login({ OS_CACERT: caFile });
      const words = [
        'login',
        '--username',
        'alice',
        '--project',
        'jupyter-notebooks',
        '--password-stdin',
      ];
      const again = (url: string) =>
        computer.nb(words, {
          stdin: passwordOf('alice'),
          environment: { NUBES_NB_OPENSTACK_AUTH_URL: url, NUBES_NB_OPENSTACK_USER_DOMAIN: 'stfc' },
        });
      expect((await again(authUrl)).code).toBe(0);
      expect(savedFile()).toBe(caFile);
      expect((await again(bench.sandbox.authUrl)).code).toBe(0);
      expect(savedFile()).toBeNull();
    });

    test('does not trust the CA file of the stored login for the cloud of other variables', async () => {
      await login({ OS_CACERT: caFile });
      expect(savedFile()).toBe(caFile);
      const { code } = await computer.nb('login --from-openstack-env', {
        environment: { ...passwordVariables('alice'), OS_PASSWORD: passwordOf('alice') },
      });
      expect(code).toBe(0);
      expect(savedFile()).toBeNull();
    });
  });

  test('login --from-openstack-env without OS_PASSWORD reads it from stdin', async () => {
    const { code } = await bench
      .secondComputer()
      .nb('login --from-openstack-env --password-stdin', {
        environment: passwordVariables('alice'),
        stdin: `${passwordOf('alice')}\n`,
      });
    expect(code).toBe(0);
  });

  test('login --from-openstack-env with a wrong password exits 4', async () => {
    const environment = { ...passwordVariables('alice'), OS_PASSWORD: 'wrong-word' };
    const { code, stderr } = await bench.secondComputer().nb('login --from-openstack-env', {
      environment,
    });
    expect(stderr).toContain('error: The user ID or the password is wrong, or alice is not in');
    expect(stderr).not.toContain('wrong-word');
    expect(code).toBe(4);
  });

  test('login --from-openstack-env with a token expires with the token', async () => {
    const issued = await fetch(`${bench.sandbox.authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: {
              user: { name: 'bob', domain: { name: 'stfc' }, password: passwordOf('bob') },
            },
          },
        },
      }),
    });
    const { code, stdout } = await bench.secondComputer().nb('login --from-openstack-env', {
      environment: {
        OS_AUTH_URL: bench.sandbox.authUrl,
        OS_AUTH_TYPE: 'v3token',
        OS_TOKEN: issued.headers.get('x-subject-token') ?? '',
        OS_PROJECT_NAME: 'lpd',
      },
    });
    expect(stdout).toMatch(/^Logged in as bob, project lpd, until .* \(4 hours\)/);
    expect(code).toBe(0);
  });

  test('login --from-openstack-env uses the credential of clouds.yaml, which logout does not delete', async () => {
    const other = bench.secondComputer();
    writeFileSync(
      join(other.home, 'clouds.yaml'),
      `clouds:\n  ours:\n    auth_type: v3applicationcredential\n    auth:\n      auth_url: ${bench.sandbox.authUrl}\n      application_credential_id: ${pair.id}\n      application_credential_secret: '${pair.secret}'\n`,
    );
    const environment = { OS_CLOUD: 'ours' };
    expect((await other.nb('login --from-openstack-env', { environment })).code).toBe(0);
    expect((await other.nb('ls')).code).toBe(0);
    const before = bench.sandbox.cloud.credentials();
    expect((await other.nb('logout')).stdout).toContain('Logged out alice.');
    expect(bench.sandbox.cloud.credentials()).toEqual(before);

    const none = await other.nb('login --from-openstack-env', { environment: { OS_CLOUD: 'no' } });
    expect(none.stderr).toContain('has no cloud named no.\nhint: its clouds: ours\n');
    expect(none.code).toBe(11);
  });

  test.each([
    [{}, 'The environment does not define an OpenStack cloud.'],
    [{ OS_CLOUD: 'ours' }, 'OS_CLOUD is set, but there is no clouds.yaml.'],
    [{ OS_AUTH_URL: 'http://127.0.0.1:9/v3' }, 'but openstack.auth_url is'],
    [
      { OS_AUTH_TYPE: 'v3kerberos' },
      'The auth_type v3kerberos of the environment is not supported.',
    ],
  ])('login --from-openstack-env with %j exits 11 with a hint', async (environment, words) => {
    const { code, stderr } = await bench.secondComputer().nb('login --from-openstack-env', {
      environment: { ...('OS_AUTH_TYPE' in environment && passwordVariables('x')), ...environment },
    });
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/\nhint: /);
    expect(code).toBe(11);
  });
});
