import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importJupyterHub } from '../../../src/settings/jupyterhub/import.ts';
import { readScript, Unread } from '../../../src/settings/jupyterhub/python.ts';
import type { World } from '../../../src/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'nubes-jupyterhub-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function imported(text: string) {
  const file = join(folder, 'jupyterhub_config.py');
  writeFileSync(file, text);
  const { settings, notTaken, warnings } = await importJupyterHub({ cwd: folder } as World, file);
  return {
    settings: Object.fromEntries(settings),
    notTaken: notTaken.map(({ line, option, reason }) => `${line}: ${option} ${reason}`),
    warnings,
  };
}

const ldap = (lines: string) => lines.replaceAll(/^\./gm, 'c.LDAPAuthenticator.');
const host = ".server_address = 'ldap.example.org'\n";
const urls = { 'ldap.urls': ['ldap://ldap.example.org'] };
const dn = 'uid={username},ou=people,dc=example,dc=org';
const template = `${host}.bind_dn_template = '${dn}'\n`;
const templated = { ...urls, 'ldap.bind_dn_template': dn };
const search = `${host}.lookup_dn = True\n.user_search_base = 'ou=people,dc=example,dc=org'\n`;
const searched = { ...urls, 'ldap.search.base': 'ou=people,dc=example,dc=org' };
const group = 'cn=jupyter,ou=groups,dc=example,dc=org';

test.each<[string, string, Readonly<Record<string, unknown>>]>([
  ['one server and a template', template, templated],
  [
    'ldaps on its port',
    `.use_ssl = True\n.server_port = 636\n${template}`,
    { ...templated, 'ldap.urls': ['ldaps://ldap.example.org'] },
  ],
  [
    'TLS on connection, on another port',
    `.tls_strategy = 'on_connect'\n.server_port = 1636\n${template}`,
    { ...templated, 'ldap.urls': ['ldaps://ldap.example.org:1636'] },
  ],
  [
    'several servers',
    `.server_hosts = ['ldap://a.example.org:389', 'b.example.org', '::1']\n.bind_dn_template = '${dn}'`,
    {
      ...templated,
      'ldap.urls': ['ldap://a.example.org:389', 'ldap://b.example.org', 'ldap://[::1]'],
    },
  ],
  [
    'no TLS on loopback',
    `${template}.server_address = '127.0.0.1'\n.tls_strategy = 'insecure'`,
    { ...templated, 'ldap.urls': ['ldap://127.0.0.1'], 'ldap.tls': 'insecure' },
  ],
  [
    'several templates, one of them blank',
    `${host}.bind_dn_template = ['${dn}', '', 'uid={username},' + 'ou=staff']`,
    { ...urls, 'ldap.bind_dn_template': [dn, 'uid={username},ou=staff'] },
  ],
  [
    'a template with another attribute than uid',
    `${host}.bind_dn_template = 'cn={username},ou=people'`,
    {
      ...urls,
      'ldap.bind_dn_template': 'cn={username},ou=people',
      'ldap.username_attribute': 'cn',
    },
  ],
  [
    'a name of Active Directory and where its entries are',
    `${host}.bind_dn_template = 'AD\\{username}'\n.user_search_base = 'dc=ad'`,
    { ...urls, 'ldap.bind_dn_template': 'AD\\{username}', 'ldap.search.base': 'dc=ad' },
  ],
  [
    'a search with an account',
    `${search}.user_attribute = 'sAMAccountName'\n.lookup_dn_search_user = 'cn=hub,dc=example'`,
    {
      ...searched,
      'ldap.search.attribute': 'sAMAccountName',
      'ldap.search.bind_dn': 'cn=hub,dc=example',
      'ldap.username_attribute': 'sAMAccountName',
    },
  ],
  [
    'a search by mail that gives another name',
    `${search}.user_attribute = 'mail'\n.lookup_dn_user_dn_attribute = 'uid'\n.use_lookup_dn_username = True`,
    { ...searched, 'ldap.search.attribute': 'mail', 'ldap.username_attribute': 'uid' },
  ],
  [
    'a search with filters',
    `${search}.user_attribute = 'uid'\n.lookup_dn_search_filter = '({login_attr}={login})'\n.search_filter = '(&(objectClass=person)({userattr}={username}))'`,
    {
      ...searched,
      'ldap.search.attribute': 'uid',
      'ldap.search.filter': '(&(objectClass=person)(uid={username}))',
      'ldap.username_attribute': 'uid',
    },
  ],
  [
    'a search whose attribute is in its filter',
    `${host}.user_search_base = 'dc=ad'\n.bind_user_dn = 'hub@ad'\n.user_search_filter = '(&(objectClass=user)(sAMAccountName={username}))'`,
    {
      ...urls,
      'ldap.search.base': 'dc=ad',
      'ldap.search.attribute': 'sAMAccountName',
      'ldap.search.filter': '(&(objectClass=user)(sAMAccountName={username}))',
      'ldap.search.bind_dn': 'hub@ad',
      'ldap.username_attribute': 'sAMAccountName',
    },
  ],
  [
    'groups, whose groups did not count',
    `${template}.allowed_groups = ['${group}']`,
    { ...templated, 'ldap.allowed_groups': [group], 'ldap.nested_groups': false },
  ],
  [
    'groups, whose groups counted',
    `${template}.allowed_groups = ['${group}']\n.group_search_filter = '(member:1.2.840.113556.1.4.1941:={userdn})'`,
    { ...templated, 'ldap.allowed_groups': [group] },
  ],
  [
    'a pattern that may match a part',
    `${template}.valid_username_regex = r'[a-z]\\w+'`,
    { ...templated, 'ldap.username_pattern': '^[a-z]\\w+.*' },
  ],
])('options of LDAP with %s become settings', async (_, text, settings) => {
  expect(await imported(ldap(text))).toEqual({ settings, notTaken: [], warnings: [] });
});

test('options of the spawner in both spellings become settings', async () => {
  const cloud = {
    'openstack.auth_url': 'https://keystone.example.org:5000/v3',
    'openstack.region': 'RegionOne',
    'openstack.project': 'jupyter',
    'notebook.image': 'jupyter-2026',
    'notebook.size': 'l3.nano',
    'notebook.network': 'Internal',
    'notebook.user': 'ubuntu',
  };
  const first = await imported(`
c.LibcloudSpawner.cloud_url = "https://keystone.example.org:5000/v3/auth/tokens"
c.LibcloudSpawner.cloud_region = "RegionOne"
c.LibcloudSpawner.cloud_project = "jupyter"
c.LibcloudSpawner.machine_images = [("Jupyter", "jupyter-2026")]
c.LibcloudSpawner.machine_sizes = [("Small", "l3.nano")]
c.LibcloudSpawner.machine_net = "Internal"
c.LibcloudSpawner.forceuser = 'ubuntu'`);
  expect(first).toEqual({ settings: cloud, notTaken: [], warnings: [] });
  const second = await imported(`
c.JupyterHub.named_server_limit_per_user = 3
c.LibcloudSpawner.libcloud_driver_params = {
    "ex_force_auth_url": "https://keystone.example.org:5000",
    "ex_force_service_region": "RegionOne", "ex_tenant_name": "jupyter", "ex_domain_name": "site",
}
c.LibcloudSpawner.userserver_images = [("Jupyter", "jupyter-2026")]
c.LibcloudSpawner.userserver_sizes = [("Small", "l3.nano")]
c.LibcloudSpawner.userserver_net = "Internal"
c.LibcloudSpawner.forceuser = "ubuntu"
c.Spawner.port = 8666; c.Spawner.start_timeout = 600
c.Spawner.notebook_dir = '~/work/'`);
  expect(second.settings).toEqual({
    ...cloud,
    'openstack.user_domain': 'site',
    'notebook.port': 8666,
    'notebook.folder': 'work',
    'limits.per_user': 3,
    'timeouts.create': '10m',
  });
  expect(second.notTaken).toEqual([]);
});

test.each<[string, string]>([
  ['.lookup_dn_search_password = "hunter2"', 'is a secret, and settings contain none'],
  ['.server_address = os.environ["LDAP"]', 'comes from the environment'],
  ['.server_address = site("ldap")', 'is computed'],
  ['.server_address = f"{site}.example.org"', 'is computed'],
  ['.server_address = 5', 'is not a list of texts'],
  ['.server_port = "389"', 'is not a number'],
  ['.lookup_dn = "yes"', 'is not True or False'],
  ['.allowed_groups = ["a", site]', 'is computed'],
  ['.bind_dn_template = "uid=alice"', 'does not fit ldap.bind_dn_template: that is a DN'],
  ['.valid_username_regex = "(?P<name>.*)"', 'does not fit ldap.username_pattern'],
  ['.tls_kwargs = [1]', 'is not a dictionary'],
  ['.allowed_groups += ["a"]', 'is not set by a plain assignment'],
  ['.allowed_groups.append("a")', 'is not set by a plain assignment'],
  ['x = .allowed_groups', 'is not set by a plain assignment'],
  ['if site:\n    .allowed_groups = ["a"]', 'is inside "if"'],
  ['def hook():\n    .allowed_groups = ["a"]', 'is inside "def"'],
  ['.escape_userdn = True', 'is not needed: user IDs are always escaped'],
  ['.auth_state_attributes = ["mail"]', 'has no setting'],
])('%j becomes no setting: it %s', async (text, reason) => {
  const line = text.split('\n').length;
  const { settings, notTaken } = await imported(text.replace(/(^|\s)\./, '$1c.LDAPAuthenticator.'));
  expect(settings).toEqual({});
  expect(notTaken).toHaveLength(1);
  expect(notTaken[0]).toContain(`${line}: LDAPAuthenticator.`);
  expect(notTaken[0]).toContain(reason);
});

test('no secret of the file is in what is taken, listed or said of it', async () => {
  const secret = 'hunter2';
  const result = await imported(`
c.JupyterHub.cookie_secret = '${secret}'
c.JupyterHub.api_tokens = {'${secret} ': 'x'}
c.LDAPAuthenticator.bind_user_password = '${secret}'
c.LDAPAuthenticator.bind_dn_template = '${secret}'
c.LibcloudSpawner.cloud_userpassword = '${secret}'
c.LibcloudSpawner.cloud_url = 'https://hub:${secret}@keystone.example.org/v3'
c.LibcloudSpawner.libcloudparams = {'arg_key': '${secret}', '${secret} x': 1}
this makes no ${secret}
`);
  expect(JSON.stringify(result)).not.toContain(secret);
  expect(result.settings).toEqual({});
  expect(result.warnings).toEqual(['line 9 is not Python.']);
});

test('the last statement about an option counts, and a changed value is not taken', async () => {
  const { settings } = await imported(
    ldap(`${template}.allowed_groups = ['a']\n.allowed_groups.append('b')\n.server_address = 'b'`),
  );
  expect(settings).toEqual({ 'ldap.urls': ['ldap://b'], 'ldap.bind_dn_template': dn });
});

test('an option of the class replaces the same option of its base class', async () => {
  const { settings, notTaken } = await imported(
    'c.LibcloudSpawner.port = 8001\nc.Spawner.port = 8002',
  );
  expect(settings).toEqual({ 'notebook.port': 8001 });
  expect(notTaken).toEqual(['2: Spawner.port is replaced by LibcloudSpawner.port']);
});

test('the first of several images is taken, and the others are listed', async () => {
  const { settings, notTaken } = await imported(
    'c.LibcloudSpawner.machine_images = [("A", "a"), ("B", "b")]',
  );
  expect(settings).toEqual({ 'notebook.image': 'a' });
  expect(notTaken).toEqual([
    '1: LibcloudSpawner.machine_images has 2: the first is taken, --image takes any',
  ]);
});

test('passwords are not sent unencrypted, whatever the file says', async () => {
  const { settings, notTaken } = await imported(
    ldap(`${template}.tls_strategy = 'insecure'\nc.LibcloudSpawner.cloud_url = 'http://k/v3'`),
  );
  expect(settings).toEqual(templated);
  expect(notTaken).toEqual([
    '3: LDAPAuthenticator.tls_strategy would send passwords unencrypted; StartTLS is used',
    '4: LibcloudSpawner.cloud_url does not begin with https://, and passwords are sent there',
  ]);
});

test('settings that lack something are taken with a warning', async () => {
  expect((await imported(ldap(host))).warnings).toEqual([
    'line 1: LDAP needs ldap.bind_dn_template or ldap.search.base to find a user.',
  ]);
});

test.each<[string, unknown]>([
  [String.raw`'a\tb\x41\u00e9\101\q\''`, "a\tbAéA\\q'"],
  [String.raw`r'\d+'`, '\\d+'],
  ['"""a\nb"""', 'a\nb'],
  [`'a' "b" 'c'`, 'abc'],
  ["('a' + 'b')", 'ab'],
  ["['a'] + ['b']", ['a', 'b']],
  ['[1, 2.5, 0x1F, 1_000, True, False, None, ()]', [1, 2.5, 31, 1000, true, false, null, []]],
  ["{'a': [1]}", new Map([['a', [1]]])],
  ["b'a'", new Unread('is not text')],
  [String.raw`'\N{BULLET}'`, new Unread('is not text')],
  ['{**a}', new Unread('is computed')],
  ['-1', new Unread('is computed')],
  [`${'['.repeat(50)}${']'.repeat(50)}`, expect.anything()],
])('the value of %s is read as Python has it', async (text, value) => {
  const { options } = await readScript(`c.A.b = ${text}`);
  expect(options).toEqual([{ className: 'A', name: 'b', line: 1, value }]);
});

test('options are found by their keys as well, and in lines that end as on Windows', async () => {
  const { options } = await readScript("import x\r\nc['A']['b'] = 1\r\nc.A.c = 2\r\nf(c.B)\r\n");
  expect(options.map(({ className, name, line }) => [className, name, line])).toEqual([
    ['A', 'b', 2],
    ['A', 'c', 3],
    ['B', '', 4],
  ]);
});

test.each([
  ['brackets', '['.repeat(200_000)],
  ['statements', 'c.A.b = [\n'.repeat(20_000)],
  ['blocks', Array.from({ length: 500 }, (_, at) => `${' '.repeat(at)}if c.A.b:`).join('\n')],
  ['quotes', `c.A.b = ${'"'.repeat(100_001)}`],
])('a file of endless %s is read in time', async (_, text) => {
  expect(await readScript(text)).toBeDefined();
});

test('a sum of many texts is read in one pass', async () => {
  const sum = (count: number) => Array.from({ length: count }, () => "'x'").join(' + ');
  const [short, long] = (await readScript(`c.A.b = ${sum(15)}\nc.A.c = ${sum(60)}\n`)).options;
  expect(short?.value).toBe('x'.repeat(15));
  expect(long?.value).toBeInstanceOf(Unread);
});
