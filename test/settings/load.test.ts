import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LoadedSettings } from '../../src/settings/settings.ts';
import { loadUser, put, settingsFiles } from './settings-files.ts';

const minute = 60_000;

function origins({ entries }: LoadedSettings, ...names: string[]) {
  return names.map((name) => {
    const entry = entries.find(({ key }) => key === name);
    return [entry?.value, entry?.origin];
  });
}

test('loadSettings without files returns the defaults', async () => {
  const { settings, warnings } = await (await settingsFiles()).load();
  expect(warnings).toEqual([]);
  expect(settings).toEqual({
    context: undefined,
    openstack: {
      authUrl: undefined,
      region: undefined,
      interface: 'public',
      userDomain: 'default',
      project: undefined,
      projectDomain: 'default',
      caFile: undefined,
    },
    ldap: undefined,
    session: { ttlMs: 7 * 24 * 60 * minute, store: 'keychain' },
    notebook: {
      image: undefined,
      size: undefined,
      network: undefined,
      securityGroups: [],
      keyFile: undefined,
      alsoKeys: [],
      access: 'tunnel',
      allowedCidr: [],
      certificate: undefined,
      certificateKey: undefined,
      floatingIp: 'none',
      port: 8888,
      sshPort: 22,
      user: undefined,
      folder: 'notebooks',
      account: 'nubes-nb',
      command: 'jupyter-lab',
      configDrive: true,
      packageIndex: undefined,
      hostTemplate: undefined,
      idleTimeoutMs: undefined,
      expiresMs: undefined,
    },
    limits: { perUser: 5, byGroup: {}, concurrency: 4 },
    timeoutsMs: {
      create: 6 * minute,
      start: 6 * minute,
      stop: 3 * minute,
      delete: 3 * minute,
      http: 30_000,
    },
    siteTeam: { adminKeys: [], adminKeysUrl: undefined, adminGroup: undefined, support: undefined },
  });
});

test('loaded settings are frozen', async () => {
  const { settings, entries } = await loadUser('notebook.security_groups = ["ssh"]');
  expect(() => Object.assign(settings.notebook, { port: 1 })).toThrow(TypeError);
  expect(() => Object.assign(settings.notebook.securityGroups, ['other'])).toThrow(TypeError);
  expect(() => Object.assign(entries[0] ?? {}, { value: 1 })).toThrow(TypeError);
});

test('each setting has the value and origin of the source with the highest precedence', async () => {
  const { load, userFile, siteFile } = await settingsFiles({
    environment: { NUBES_NB_OPENSTACK_REGION: 'from-variable' },
    flags: { context: 'dev' },
    user: `
      [openstack]
      region = "from-user"
      project = "from-user"
      user_domain = "from-user"
      [contexts.dev.openstack]
      region = "from-user-context"
      project = "from-user-context"`,
    site: `
      site = "stfc"
      [openstack]
      region = "from-site"
      project = "from-site"
      user_domain = "from-site"
      project_domain = "from-site"
      [contexts.dev]
      openstack.project_domain = "from-site-context"
      notebook.size = "from-site-context"`,
  });
  const loaded = await load();
  expect(
    origins(
      loaded,
      ...['context', 'site', 'openstack.region', 'openstack.project', 'openstack.user_domain'],
      ...['openstack.project_domain', 'notebook.size', 'openstack.auth_url', 'limits.per_user'],
    ),
  ).toEqual([
    ['dev', '--context'],
    ['stfc', siteFile],
    ['from-variable', 'NUBES_NB_OPENSTACK_REGION'],
    ['from-user-context', `${userFile} [contexts.dev]`],
    ['from-user', userFile],
    ['from-site-context', `${siteFile} [contexts.dev]`],
    ['from-site-context', `${siteFile} [contexts.dev]`],
    ['https://openstack.stfc.ac.uk:5000/v3', 'profile stfc'],
    [5, 'default'],
  ]);
  expect(loaded.settings.context).toBe('dev');
  expect(loaded.settings.openstack.userDomain).toBe('from-user');
});

test.each<
  [string, { user?: string; environment?: Record<string, string>; context?: string }, string]
>([
  [
    'the flag',
    { user: 'context = "a"', environment: { NUBES_NB_CONTEXT: 'b' }, context: 'c' },
    'c',
  ],
  ['the variable', { user: 'context = "a"', environment: { NUBES_NB_CONTEXT: 'b' } }, 'b'],
  ['the user file', { user: 'context = "a"' }, 'a'],
])('the context is selected by %s', async (_, { user = '', environment = {}, context }, chosen) => {
  const { load } = await settingsFiles({
    user: `${user}\n[contexts.a]\n[contexts.b]\n[contexts.c]`,
    environment,
    flags: context === undefined ? {} : { context },
  });
  expect((await load()).settings.context).toBe(chosen);
});

test('an unknown context is refused with the known ones', async () => {
  const user = '[contexts.dev.openstack]\nregion = "x"\n';
  const site = '[contexts.training]\n';
  await expect(
    settingsFiles({ user, site, flags: { context: 'prod' } }).then(({ load }) => load()),
  ).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: '--context: there is no context "prod"; known: dev, training.',
  });
  await expect(loadUser('context = "prod"')).rejects.toThrow(
    /config\.toml, line 1: there is no context "prod"; none is defined\./,
  );
});

test('variables set lists, numbers and durations; empty ones are ignored', async () => {
  const { settings } = await loadUser('[notebook]\nsize = "small"\n', {
    NUBES_NB_NOTEBOOK_SECURITY_GROUPS: 'default, HTTP',
    NUBES_NB_NOTEBOOK_PORT: '8000',
    NUBES_NB_NOTEBOOK_CONFIG_DRIVE: 'false',
    NUBES_NB_TIMEOUTS_CREATE: '90',
    NUBES_NB_SITE_TEAM_SUPPORT: 'cloud@example.org',
    NUBES_NB_LDAP_URLS: 'ldaps://one,ldaps://two',
    NUBES_NB_LDAP_SEARCH_BASE: 'dc=example',
    NUBES_NB_NOTEBOOK_SIZE: '',
  });
  expect(settings.notebook).toMatchObject({
    securityGroups: ['default', 'HTTP'],
    port: 8000,
    configDrive: false,
    size: 'small',
  });
  expect(settings.timeoutsMs.create).toBe(90_000);
  expect(settings.siteTeam.support).toBe('cloud@example.org');
  expect(settings.ldap).toMatchObject({
    urls: ['ldaps://one', 'ldaps://two'],
    tls: 'ldaps',
    search: { base: 'dc=example', attribute: 'uid', filter: undefined, bindDn: undefined },
    timeoutMs: 10_000,
  });
});

test.each([
  ['90', 90_000],
  ['"6m"', 6 * minute],
  ['1.5', 1_500],
])('timeouts.create = %s in TOML is %i ms', async (written, durationMs) => {
  const { settings } = await loadUser(`[timeouts]\ncreate = ${written}\n`);
  expect(settings.timeoutsMs.create).toBe(durationMs);
});

test('idle_timeout = "off" overrides that of the site', async () => {
  const { load } = await settingsFiles({
    site: '[notebook]\nidle_timeout = "2h"\nexpires = "30d"\n',
    user: '[notebook]\nidle_timeout = "off"\n',
  });
  const { notebook } = (await load()).settings;
  expect(notebook.idleTimeoutMs).toBeUndefined();
  expect(notebook.expiresMs).toBe(30 * 24 * 60 * minute);
});

test('paths are resolved from the home folder, or the folder of their settings file', async () => {
  const { load, home, siteFile } = await settingsFiles({
    site: '[openstack]\nca_file = "certificates/ca.pem"\n',
    user: '[ldap]\nca_file = "/abs/ca.pem"\n[notebook]\nkey_file = "~/.ssh/id_ed25519"\n',
    environment: { NUBES_NB_LDAP_URLS: 'ldaps://x', NUBES_NB_LDAP_SEARCH_BASE: 'dc=x' },
  });
  const { settings } = await load();
  expect(settings.openstack.caFile).toBe(join(siteFile, '..', 'certificates', 'ca.pem'));
  expect(settings.notebook.keyFile).toBe(join(home, '.ssh', 'id_ed25519'));
  expect(settings.ldap?.caFile).toBe('/abs/ca.pem');
});

describe('--config', () => {
  test('--config replaces the user file', async () => {
    const made = await settingsFiles({ user: '[notebook]\nsize = "a"\n' });
    await put(join(made.world.cwd, 'other.toml'), '[notebook]\nimage = "b"\n');
    const { load } = await settingsFiles({ flags: { config: join(made.world.cwd, 'other.toml') } });
    const { notebook } = (await load()).settings;
    expect(notebook).toMatchObject({ size: undefined, image: 'b' });
  });

  test.each([
    ['--config', { flags: { config: 'none.toml' } }],
    ['NUBES_NB_CONFIG', { environment: { NUBES_NB_CONFIG: 'none.toml' } }],
  ])('a settings file named by %s must exist', async (by, options) => {
    const { load, world } = await settingsFiles(options);
    await expect(load()).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: `The settings file ${world.cwd}/none.toml, named by ${by}, does not exist.`,
    });
  });
});

test('the stfc profile sets the domains of users and projects, and no LDAP', async () => {
  const { settings } = await loadUser('site = "stfc"');
  expect(settings.openstack).toMatchObject({
    authUrl: 'https://openstack.stfc.ac.uk:5000/v3',
    region: 'RegionOne',
    userDomain: 'stfc',
    projectDomain: 'default',
  });
  expect(settings.notebook.hostTemplate).toBe('host-{ip-dashed}.nubes.stfc.ac.uk');
  expect(settings.ldap).toBeUndefined();
});

test('an unknown profile is refused with the known ones', async () => {
  await expect(loadUser('site = "cern"')).rejects.toThrow(
    /line 1: there is no site profile "cern"; known: stfc\./,
  );
});

test('LDAP settings without ldap.urls are a warning', async () => {
  const { settings, warnings } = await loadUser('[ldap]\nallowed_groups = ["staff"]\n');
  expect(settings.ldap).toBeUndefined();
  expect(warnings).toEqual([
    expect.stringContaining('line 2: ldap.allowed_groups has no effect without ldap.urls'),
  ]);
});

test('templates of Active Directory set the attribute of the user name and allow a search base', async () => {
  const text =
    "[ldap]\nurls = ['ldaps://x']\nbind_dn_template = 'AD\\{username}'\nsearch.base = 'dc=x'\n";
  const { load } = await settingsFiles({ user: text });
  const { settings, entries } = await load();
  expect(settings.ldap).toMatchObject({
    bindDnTemplates: ['AD\\{username}'],
    search: undefined,
    ownBase: 'dc=x',
    usernameAttribute: 'sAMAccountName',
    nestedGroups: true,
  });
  const entry = entries.find(({ key }) => key === 'ldap.username_attribute');
  expect(entry).toMatchObject({ value: 'sAMAccountName', origin: 'default' });
});
