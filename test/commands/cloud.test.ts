import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sandboxCertificates } from '../../src/sandbox/ldap/certificates.ts';
import { keystoneUrl } from '../../src/session/keystone-address.ts';
import type { Keytar } from '../../src/world.ts';
import { memoryKeychain } from '../session/keystone.ts';
import { type CallOptions, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const keystone = bench.sandbox.cloud.endpoints.identity;
const alice = bench.sandbox.people.find(({ name }) => name === 'alice')?.password ?? '';
const settings = () => readFileSync(bench.configFile, 'utf8');
type Answers = NonNullable<CallOptions['answers']>;
const enter = '\r';
const clear = '\u0015';
const down = '\u001b[B';
const another: Answers = [['Cloud:', `${down}${enter}`]];
const nb = async (
  words: string,
  answers: Answers,
  environment: Record<string, string> = {},
  keytar?: Keytar,
) => {
  const seen = await bench.nb(words, {
    terminal: 100,
    environment: { NO_COLOR: '1', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/none', ...environment },
    answers,
    ...(keytar === undefined ? {} : { keytar }),
  });
  return { ...seen, shown: stripVTControlCharacters(seen.stderr) };
};

/** Without a settings file and without a login. */
async function newcomer() {
  await bench.nb('logout');
  rmSync(bench.configFile);
}

test.each([
  ['cloud.example.org:5000', 'https://cloud.example.org:5000/v3'],
  ['https://cloud.example.org/identity/v3/', 'https://cloud.example.org/identity/v3'],
  ['HTTP://127.0.0.1:5000/v2.0', 'http://127.0.0.1:5000/v3'],
  ['ftp://cloud.example.org', undefined],
  ['not an address', undefined],
  ['', undefined],
])('the address %j is that of the Keystone %j', (typed, url) => {
  expect(keystoneUrl(typed)).toBe(url);
});

/** Keystone's own document by HTTPS, with a certificate of the sandbox's CA. */
async function secureKeystone(): Promise<string> {
  const { certificate, key } = await sandboxCertificates();
  const server = createTlsServer({ cert: certificate, key }, (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ version: { id: 'v3.14', status: 'stable' } }));
  }).listen(0);
  onTestFinished(() => void server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
}

/** The sandbox's LDAP without TLS. */
function plainLdap(): string {
  const { port } = new URL(bench.sandbox.ldapUrl);
  const server = createTcpServer((client) => {
    const ldap = connect({ port: Number(port), rejectUnauthorized: false });
    for (const stream of [client, ldap]) stream.on('error', () => client.destroy());
    client.pipe(ldap).pipe(client);
  }).listen(0);
  onTestFinished(() => void server.close());
  return `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const noLdap: Answers = [['LDAP:', enter]];
const fileStore: Answers = [['Keep the session in:', enter]];
const usual: Answers = [['Keystone domain of the users:', enter], ...fileStore, ...noLdap];

test('login without settings asks for cloud, store and LDAP, writes a commented file and goes on', async () => {
  await newcomer();
  const { shown, stdout, code } = await nb('login', [
    ...another,
    ['Address of Keystone:', `${keystone}${enter}`],
    ['Keystone domain of the users:', `stfc${enter}`],
    ...fileStore,
    ...noLdap,
    ['User ID:', `alice${enter}`],
    ['Password:', `${alice}${enter}`],
    ['Project:', enter],
  ]);
  expect(shown).toContain('warning: Cannot use the keychain: ');
  expect(shown).toContain(`Your answers are in ${bench.configFile}.`);
  expect(stdout).toContain('Session in the file store.');
  expect(code).toBe(0);
  expect(
    settings(),
  ).toBe(`# Settings of nubes-nb. "nubes-nb config list" shows each of them with its value and origin,
# "nubes-nb config set KEY VALUE" changes one here. Passwords do not belong here.

[openstack]
# Keystone, which knows the addresses of all other services.
auth_url = "${keystone.replace(/\/v3$/, '')}/v3"
# The Keystone domain of the users.
user_domain = "stfc"

[session]
# Where a login is kept: "keychain", or "file" for a file that only you can read.
store = "file"

# Without LDAP servers Keystone alone decides who may log in.
# [ldap]
# urls = ["ldaps://ldap.example.org"]
# bind_dn_template = "uid={username},ou=people,dc=example,dc=org"

[notebook]
# What create takes without --image and --size; nubes-nb images and nubes-nb sizes list what there is.
# image = "NAME"
# size = "NAME"
`);
  expect((await bench.nb('config validate')).code).toBe(0);
});

test('config init reads cloud and domain from the newest RC file among the downloads, without running it', async () => {
  await newcomer();
  mkdirSync(join(bench.home, 'Downloads'));
  const rcFile = join(bench.home, 'Downloads', 'jupyter-openrc.sh');
  writeFileSync(rcFile, `touch ran\nexport OS_AUTH_URL=${keystone}\nOS_USER_DOMAIN_NAME="stfc"\n`);
  const { code, shown } = await nb('config init', [
    ['Cloud:', `${down}${down}${enter}`],
    ['~/Downloads/jupyter-openrc.sh', `/none${enter}`],
    ['/none cannot be read', `${clear}${enter}`],
    ...fileStore,
    ...noLdap,
  ]);
  expect(shown).toContain('the domain of its users is stfc.');
  expect(shown).not.toContain('Keystone domain of the users:');
  expect(code).toBe(0);
  expect(settings()).toContain('user_domain = "stfc"');
  expect(existsSync('ran')).toBe(false);
});

test('config init takes an address instead of a file that has several', async () => {
  await newcomer();
  const clouds = join(bench.home, 'clouds.yaml');
  const cloud = (url: string) => `{auth: {auth_url: '${url}'}}`;
  writeFileSync(
    clouds,
    `clouds: {a: ${cloud(keystone)}, b: ${cloud('https://bob:secret@b.example.org')}}`,
  );
  const { code, shown } = await nb('config init', [
    ['Cloud:', `${down}${down}${enter}`],
    ['RC file or clouds.yaml:', `${clear}${clouds}${enter}`],
    ['Type the address of one.', `${clear}${keystone}${enter}`],
    ['Keystone domain of the users:', `${clear}stfc${enter}`],
    ...fileStore,
    ...noLdap,
  ]);
  expect(shown).not.toContain('secret');
  expect(code).toBe(0);
  expect(settings()).toContain(`auth_url = "${keystone}"`);
});

test('config init names no domain of an RC file if --user-domain names another', async () => {
  await newcomer();
  const rcFile = join(bench.home, 'openrc');
  writeFileSync(rcFile, `OS_AUTH_URL=${keystone}\nOS_USER_DOMAIN_NAME=elsewhere\n`);
  const { code, shown } = await nb('config init --user-domain stfc', [
    ['Cloud:', `${down}${down}${enter}`],
    ['RC file or clouds.yaml:', `${clear}${rcFile}${enter}`],
    ...fileStore,
    ...noLdap,
  ]);
  expect(shown).not.toContain('elsewhere');
  expect(code).toBe(0);
  expect(settings()).toContain('user_domain = "stfc"');
});

test('config init offers the shipped profiles and keeps what a file has', async () => {
  await newcomer();
  await bench.nb('config set notebook.size l3.nano');
  await bench.nb('config set openstack.region elsewhere');
  const { code, stdout, shown } = await nb('config init', [
    ['Cloud:', enter],
    ...fileStore,
    ...noLdap,
  ]);
  expect(shown).toContain('❯ stfc  https://openstack.stfc.ac.uk:5000/v3');
  expect(stdout).toBe('Next: nubes-nb login\n');
  expect(code).toBe(0);
  expect(settings()).toBe(
    'site = "stfc"\n\n[notebook]\nsize = "l3.nano"\n\n[openstack]\nregion = "elsewhere"\n\n[session]\nstore = "file"\n',
  );
});

test('config init keeps a cloud that is set, or replaces it whole', async () => {
  await bench.nb('config set openstack.user_domain stfc');
  const before = settings();
  const kept = await nb('config init', [['as set now', enter], ...noLdap]);
  expect(kept).toMatchObject({ code: 0, stdout: 'Next: nubes-nb login\n' });
  expect(settings()).toBe(before);
  const { code } = await nb('config init', [['as set now', `${down}${enter}`], ...noLdap]);
  expect(code).toBe(0);
  expect(settings()).toContain('site = "stfc"');
  expect(settings()).not.toMatch(/auth_url|user_domain/);
});

test('an address that is none of Keystone is refused in words, where it is typed', async () => {
  const server = createServer((_, response) => response.end('<html>Dashboard</html>')).listen(0);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await newcomer();
  const { code, shown } = await nb('config init', [
    ...another,
    ['Address of Keystone:', `nothing at all${enter}`],
    ['Type an address like', `${clear}https://cloud.example.org/dashboard/auth${enter}`],
    ['This is a dashboard.', `${clear}http://cloud.example.org:5000${enter}`],
    ['http would send your password', `${clear}https://keystone.invalid:5000${enter}`],
    ['DNS: ', `${clear}http://127.0.0.1:${port}/v3${enter}`],
    ['is not Keystone', `${clear}http://127.0.0.1:1/v3${enter}`],
    ['127.0.0.1:1 refused', `${clear}${keystone}${enter}`],
    ...usual,
  ]);
  expect(shown).toContain('Your answers are in');
  expect(code).toBe(0);
});

test('a Keystone whose CA is not trusted leads to a question for the CA file, or back to the address', async () => {
  const address = await secureKeystone();
  await newcomer();
  const question = "File with your site's CA certificate";
  const { code, shown } = await nb('config init', [
    ...another,
    ['Address of Keystone:', `${address}${enter}`],
    [question, enter],
    ['Address of Keystone:', `${address}${enter}`],
    [question, `no-such.pem${enter}`],
    ['openstack.ca_file', `${clear}${bench.sandbox.otherCaFile}${enter}`],
    ['its CA is not trusted', `${clear}${bench.sandbox.caFile}${enter}`],
    ...usual,
  ]);
  expect(shown).toContain(
    `warning: TLS: No secure connection to Keystone at ${new URL(address).host}`,
  );
  expect(code).toBe(0);
  expect(settings()).toContain(`ca_file = "${bench.sandbox.caFile}"`);
});

describe('LDAP', () => {
  const toLdap: Answers = [['Cloud:', enter], ...fileStore, ['LDAP:', `${down}${enter}`]];

  test('servers are checked where they are typed, and the template is suggested from their base', async () => {
    const { ldapUrl, caFile } = bench.sandbox;
    const { port } = new URL(ldapUrl);
    await newcomer();
    const { code, shown } = await nb('config init', [
      ...toLdap,
      ['LDAP servers, such as', `ldap.example.org${enter}`],
      ['Begin with ldaps://', `${clear}ldaps://ldap.invalid${enter}`],
      ['its name does not resolve', `${clear}ldaps://127.0.0.1:1${enter}`],
      ['refused the connection', `${clear}ldap://127.0.0.1:${port}${enter}`],
      ['closed the connection', `${clear}${ldapUrl}${enter}`],
      ["File with your site's CA certificate", `${caFile}${enter}`],
      ['LDAP finds a user:', enter],
      ['Template:', enter],
    ]);
    expect(shown).toContain(`warning: The LDAP server ${ldapUrl} cannot be trusted: `);
    expect(code).toBe(0);
    expect(settings()).toContain(`[ldap]
# The servers, in the order in which they are tried.
urls = ["${ldapUrl}"]
# "ldaps" for ldaps://, "starttls" for ldap://.
tls = "ldaps"
# The CA that signed the certificates of these servers.
ca_file = "${caFile}"
# The name by which a user binds.
bind_dn_template = "uid={username},ou=people,dc=nubes,dc=test"
`);
    expect((await bench.nb('config validate')).code).toBe(0);
  });

  test('login with the answers of all questions asks LDAP', async () => {
    const { ldapUrl, caFile } = bench.sandbox;
    await newcomer();
    const { code, stdout, shown } = await nb('login', [
      ...another,
      ['Address of Keystone:', `${keystone}${enter}`],
      ['Keystone domain of the users:', `stfc${enter}`],
      ...fileStore,
      ['LDAP:', `${down}${enter}`],
      ['LDAP servers, such as', `${ldapUrl}${enter}`],
      ["File with your site's CA certificate", `${caFile}${enter}`],
      ['LDAP finds a user:', enter],
      ['Template:', `nonsense${enter}`],
      [
        'Type uid={username}',
        `${clear}uid={username},ou=staff,dc=nubes,dc=test; {username}@nubes.test${enter}`,
      ],
      ['not both', `${clear}uid={username},ou=people,dc=nubes,dc=test${enter}`],
      ['User ID:', `alice${enter}`],
      ['Password:', `${alice}${enter}`],
      ['Project:', enter],
    ]);
    expect(shown).toContain('Asking LDAP...');
    expect(stdout).toContain('Logged in as alice');
    expect(code).toBe(0);
  });

  test('a search is asked for by base, attribute and the DN that binds', async () => {
    const { ldapUrl, caFile } = bench.sandbox;
    await newcomer();
    const { code, shown } = await nb('config init', [
      ...toLdap,
      ['LDAP servers, such as', `${ldapUrl}${enter}`],
      ["File with your site's CA certificate", `${caFile}${enter}`],
      ['LDAP finds a user:', `${down}${enter}`],
      ['DN below which users are:', enter],
      ['Attribute with the user ID:', enter],
      ['DN that binds for the search', `cn=reader,dc=nubes,dc=test${enter}`],
    ]);
    expect(shown).toContain('is read from NUBES_NB_LDAP_SEARCH_PASSWORD');
    expect(code).toBe(0);
    expect(settings()).toMatch(/\n\[ldap\.search\]\n#.*\nbase = "dc=nubes,dc=test"\n/);
    expect((await bench.nb('config validate')).code).toBe(0);
  });

  test('servers on this computer may be used without TLS', async () => {
    const server = plainLdap();
    await newcomer();
    const { code, shown } = await nb('config init', [
      ...toLdap,
      ['LDAP servers, such as', `${server}${enter}`],
      ['Encryption of LDAP:', enter],
      ['LDAP servers, such as', `${server}${enter}`],
      ['Encryption of LDAP:', `${down}${enter}`],
      ['LDAP finds a user:', enter],
      ['Template:', `${clear}{username}@nubes.test${enter}`],
    ]);
    expect(shown).toContain('warning: The LDAP server ');
    expect(code).toBe(0);
    expect(settings()).toContain('tls = "insecure"');
  });

  test('is not asked for if the site file has it', async () => {
    const siteFile = join(bench.home, 'site.toml');
    writeFileSync(
      siteFile,
      '[ldap]\nurls = ["ldaps://ldap.example.org"]\nbind_dn_template = "uid={username}"\n',
    );
    await newcomer();
    const { code, shown } = await nb('config init', [['Cloud:', enter], ...fileStore], {
      NUBES_NB_SITE_CONFIG: siteFile,
    });
    expect(shown).not.toContain('LDAP:');
    expect(code).toBe(0);
  });
});

describe('the store', () => {
  const toStore: Answers = [['Cloud:', enter]];

  test('may be the keychain only if one answers', async () => {
    await newcomer();
    const { code, shown } = await nb(
      'config init',
      [...toStore, ['Keep the session in:', enter], ...noLdap],
      {},
      memoryKeychain(),
    );
    expect(shown).toContain('❯ the keychain of this computer');
    expect(shown).not.toContain('warning: ');
    expect(code).toBe(0);
    expect(settings()).toContain('store = "keychain"');
  });

  test('that the user does not want to be a file ends the command with the ways to get a keychain', async () => {
    await newcomer();
    const { code, shown } = await nb('login', [
      ...toStore,
      ['Keep the session in:', `${down}${enter}`],
    ]);
    expect(shown).toContain('error: Cannot use the keychain: ');
    expect(shown).toContain('hint: unlock or start a keyring');
    expect(code).toBe(11);
    expect(existsSync(bench.configFile)).toBe(false);
  });
});

describe('login with a cloud of the site file and without a keychain', () => {
  const environment = () => {
    const siteFile = join(bench.home, 'site.toml');
    writeFileSync(siteFile, `[openstack]\nauth_url = "${keystone}"\nuser_domain = "stfc"\n`);
    return { NUBES_NB_SITE_CONFIG: siteFile };
  };

  test('asks where to keep the session before it asks for the password', async () => {
    await newcomer();
    const { code, shown, stdout } = await nb(
      'login',
      [
        ...fileStore,
        ['User ID:', `alice${enter}`],
        ['Password:', `${alice}${enter}`],
        ['Project:', enter],
      ],
      environment(),
    );
    expect(shown).toContain('warning: Cannot use the keychain: ');
    expect(shown.replaceAll('\n  ', ' ')).toContain(`session.store is set in ${bench.configFile}.`);
    expect(stdout).toContain('Session in the file store.');
    expect(code).toBe(0);
    expect(settings()).toBe('[session]\nstore = "file"\n');
  });

  test.each([
    ['no answer', enter, 11],
    ['Ctrl-C', '\u0003', 130],
    ['Ctrl-D', '\u0004', 130],
  ])('writes nothing after %s', async (_, key, exit) => {
    await newcomer();
    const typed = key === enter ? `${down}${enter}` : key;
    const { code } = await nb('login', [['Keep the session in:', typed]], environment());
    expect(code).toBe(exit);
    expect(existsSync(bench.configFile)).toBe(false);
  });

  test('exits 11 at once if the settings want the keychain, or without a terminal', async () => {
    await newcomer();
    const wanted = { ...environment(), NUBES_NB_SESSION_STORE: 'keychain' };
    const { code, shown } = await nb('login', [], wanted);
    expect(shown).not.toContain('Keep the session in:');
    expect(code).toBe(11);
    const script = await bench.nb('login --username alice --password-stdin', {
      stdin: alice,
      environment: { ...environment(), DBUS_SESSION_BUS_ADDRESS: 'unix:path=/none' },
    });
    expect(script.code).toBe(11);
  });
});

const questions: Answers = [
  ...another,
  ['Address of Keystone:', `${keystone}${enter}`],
  ['Keystone domain of the users:', enter],
  ...fileStore,
  ['LDAP:', `${down}${enter}`],
  ['LDAP servers, such as', `${bench.sandbox.ldapUrl}${enter}`],
  ["File with your site's CA certificate", `${bench.sandbox.caFile}${enter}`],
  ['LDAP finds a user:', `${down}${enter}`],
  ['DN below which users are:', enter],
  ['Attribute with the user ID:', enter],
  ['DN that binds for the search', enter],
];

test('Ctrl-C and Ctrl-D, in turn, at each question about the settings exit 130 and write nothing', async () => {
  await newcomer();
  for (const [index, [question]] of questions.entries()) {
    const key = index % 2 === 0 ? '\u0003' : '\u0004';
    const { code, shown } = await nb('login', [...questions.slice(0, index), [question, key]]);
    const last = shown.trimEnd().split('\n').at(-1);
    expect([question, last, code]).toEqual([question, 'error: Cancelled.', 130]);
    expect(existsSync(bench.configFile)).toBe(false);
  }
});

describe('without a terminal', () => {
  test('login without settings names what is missing', async () => {
    await newcomer();
    const { code, stderr } = await bench.nb('login --username alice --password-stdin', {
      stdin: 'secret',
    });
    expect(stderr).toContain('error: openstack.auth_url is not set.');
    expect(code).toBe(11);
  });

  test('config init names the flag of the cloud', async () => {
    const { code, stderr } = await bench.nb('config init');
    expect(stderr).toContain('hint: use nubes-nb config init --auth-url URL');
    expect(code).toBe(2);
  });

  test('flags answer every question', async () => {
    const { ldapUrl, caFile } = bench.sandbox;
    await newcomer();
    const { code, stderr } = await bench.nb([
      ...['config', 'init', '--auth-url', keystone, '--user-domain', 'stfc', '--store', 'file'],
      ...['--ldap-url', ldapUrl, '--ldap-tls', 'ldaps', '--ldap-ca-file', caFile],
      ...['--ldap-bind-dn-template', 'uid={username},ou=people,dc=nubes,dc=test'],
      ...['--ldap-bind-dn-template', 'uid={username},ou=services,dc=nubes,dc=test'],
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `Your answers are in ${bench.configFile}.\n`,
    });
    expect(settings()).toContain(
      'bind_dn_template = ["uid={username},ou=people,dc=nubes,dc=test", "uid={username},ou=services,dc=nubes,dc=test"]',
    );
    const search = await bench.nb([
      ...['config', 'init', '--site', 'stfc', '--no-ldap', '--ca-file', caFile, '--store', 'file'],
      ...['--config', join(bench.home, 'second.toml')],
    ]);
    expect(search.code).toBe(0);
    expect(readFileSync(join(bench.home, 'second.toml'), 'utf8')).toContain('site = "stfc"');
  });

  test.each([
    ['--auth-url https://keystone.invalid:5000', 9, 'DNS: '],
    ['--auth-url https://cloud.example.org/dashboard', 2, 'This is a dashboard.'],
    ['--site moon', 11, 'there is no site profile "moon"'],
    ['--site stfc --auth-url https://cloud.example.org', 2, 'cannot be used with'],
    ['--site stfc --ldap-url ldap.example.org', 2, 'Begin with ldaps://'],
    ['--site stfc --ldap-url LDAP', 9, 'cannot be trusted'],
    ['--site stfc --ldap-search-base dc=x', 2, 'hint: use --ldap-url'],
    [
      '--site stfc --ldap-url LDAP --ldap-ca-file CA',
      2,
      '--ldap-bind-dn-template or --ldap-search-base',
    ],
    [
      '--site stfc --ldap-url LDAP --ldap-ca-file CA --ldap-tls starttls --ldap-search-base dc=x',
      11,
      'ldaps',
    ],
  ])('config init %s exits %i and writes nothing', async (words, exit, why) => {
    await newcomer();
    const { ldapUrl, caFile } = bench.sandbox;
    const { code, stderr } = await bench.nb(
      `config init ${words.replace('LDAP', ldapUrl).replace('CA', caFile)}`,
    );
    expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringContaining(why) });
    expect(existsSync(bench.configFile)).toBe(false);
  });
});
