import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { homeOf } from '../../src/home.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { loadUser, put, type SettingsFiles, settingsFiles } from './settings-files.ts';

const template = 'bind_dn_template = "uid={username},dc=x"';

describe('an invalid value', () => {
  test.each([
    ['[notebook]\n\nport = "8888"', 3, 'notebook.port must be a whole number from 1 to 65535'],
    ['[notebook]\nport = 70000', 2, 'notebook.port must be'],
    ['notebook = { size = "x", port = 1.5 }', 1, 'notebook.port must be'],
    ['notebook.access = "direct"', 1, 'notebook.access = "direct" needs notebook.allowed_cidr'],
    [
      'notebook.allowed_cidr = "192.0.2.7/0"',
      1,
      'notebook.allowed_cidr must be a list of networks',
    ],
    [
      'notebook.allowed_cidr = ["192.0.2.0/33"]',
      1,
      'notebook.allowed_cidr must be a list of networks',
    ],
    [
      'notebook.allowed_cidr = ["example.org"]',
      1,
      'notebook.allowed_cidr must be a list of networks',
    ],
    [
      'notebook.allowed_cidr = ["2001:db8::/129"]',
      1,
      'notebook.allowed_cidr must be a list of networks',
    ],
    [
      'notebook.certificate_key = "k"',
      1,
      'notebook.certificate_key has no effect without notebook.certificate',
    ],
    ['notebook.floating_ip = "yes"', 1, 'notebook.floating_ip must be "none" or "auto"'],
    ['notebook.access = "vpn"', 1, 'notebook.access must be "tunnel" or "direct"'],
    ['[notebook]\nconfig_drive = "yes"', 2, 'notebook.config_drive must be true or false'],
    ['[notebook]\nfolder = "../x"', 2, 'notebook.folder must be a folder below the home folder'],
    ['[notebook]\nhost_template = "host"', 2, 'notebook.host_template must be a host name with'],
    ['[notebook]\nuser = "root; reboot"', 2, 'notebook.user must be an account name'],
    ['[notebook]\nimage = ""', 2, 'notebook.image must be a string'],
    ['[notebook]\nimage = "a\\u0007"', 2, 'notebook.image must be a string'],
    ['[notebook.size]\nname = "x"', 1, 'notebook.size must be a string'],
    ['[limits]\nconcurrency = 26', 2, 'limits.concurrency must be a whole number from 1 to 25'],
    ['[session]\nttl = "4m"', 2, 'session.ttl must be a duration from 5m to 30d'],
    ['[session]\nttl = "31d"', 2, 'session.ttl must be a duration'],
    ['[timeouts]\ncreate = "soon"', 2, 'timeouts.create must be a duration from 1s to 1d'],
    ['[timeouts]\n# a\nstop = 0\n', 3, 'timeouts.stop must be'],
    ['[openstack]\nauth_url = "keystone.example.org"', 2, 'openstack.auth_url must be an http://'],
    ['[openstack]\nauth_url = "https://me:hunter2@example.org"', 2, 'openstack.auth_url must be'],
    [
      '[openstack]\ninterface = 1',
      2,
      'openstack.interface must be "public", "internal" or "admin"',
    ],
    ['[ldap]\nurls = ["http://x"]', 2, 'ldap.urls must be a list of ldap:// or ldaps:// URLs'],
    ['[ldap]\nurls = [\n "ldap://x",\n 3 ]', 2, 'ldap.urls must be'],
    ['[ldap]\nbind_dn_template = "uid=x"', 2, 'ldap.bind_dn_template must be a DN with {username}'],
    ['[ldap]\nbind_dn_template = []', 2, 'ldap.bind_dn_template must be a DN with {username}'],
    [
      '[ldap]\nbind_dn_template = ["uid={username},dc=x", "{username}"]',
      2,
      'ldap.bind_dn_template must be a DN',
    ],
    [
      '[ldap]\nallowed_groups = ["a,cn=b,dc=x"]',
      2,
      'ldap.allowed_groups must be a list of names or DNs',
    ],
    ['[ldap]\nusername_pattern = "("', 2, 'ldap.username_pattern must be a regular expression'],
    ['[site_team]\nadmin_keys = ["hello"]', 2, 'site_team.admin_keys must be a list of public SSH'],
    ['["contexts"."my dev"."notebook"]\nport = 0', 2, 'notebook.port must be'],
    ['openstack = "x"', 1, 'openstack must be a section'],
    ['[contexts]\ndev = 1', 2, 'contexts.dev must be a section'],
  ])(
    'the setting %j is refused with file, line, key and what is expected',
    async (text, line, sentence) => {
      const { load, userFile } = await settingsFiles({ user: text });
      const error = await load().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
      expect(String(error)).toContain(`${userFile}, line ${line}: ${sentence}`);
      expect(String(error)).not.toContain('hunter2');
    },
  );

  test('an invalid variable is refused with its name', async () => {
    await expect(loadUser('', { NUBES_NB_NOTEBOOK_PORT: 'high' })).rejects.toThrow(
      'NUBES_NB_NOTEBOOK_PORT: notebook.port must be a whole number',
    );
  });
});

describe('the hint for an invalid value', () => {
  const wrong = '[limits]\nper_user = 0';
  const inContext = '[contexts.lab.limits]\nper_user = 0';
  test.each<[string, SettingsFiles, string]>([
    ['the file', { user: wrong }, 'nubes-nb config set limits.per_user VALUE, or correct it there'],
    [
      'a file of --config',
      { flags: { config: '/my site.toml' } },
      "nubes-nb --config '/my site.toml' config set limits.per_user VALUE, or correct it there",
    ],
    [
      'a context',
      { user: inContext },
      'nubes-nb --context lab config set limits.per_user VALUE, or correct it there',
    ],
    ['the file of the site', { site: wrong }, 'ask your administrator to correct it there'],
    [
      'a variable',
      { environment: { NUBES_NB_LIMITS_PER_USER: '0' } },
      'export NUBES_NB_LIMITS_PER_USER=VALUE, or unset NUBES_NB_LIMITS_PER_USER',
    ],
    [
      'the variable of the site',
      { environment: { NUBES_NB_SITE: 'nowhere' } },
      'unset NUBES_NB_SITE, and set openstack.auth_url instead',
    ],
    [
      'the variable of the encryption',
      {
        user: `[ldap]\n${template}\nurls = ["ldap://x"]`,
        environment: { NUBES_NB_LDAP_TLS: 'insecure' },
      },
      'export NUBES_NB_LDAP_TLS=starttls',
    ],
  ])('in %s names the command that changes it there', async (_place, options, hint) => {
    const { world, flags, home } = await settingsFiles(options);
    const config = flags.config === undefined ? undefined : join(home, flags.config);
    if (config !== undefined) await put(config, wrong);
    const named = config === undefined ? flags : { ...flags, config };
    const expected = hint.replace('/my site.toml', config ?? '');
    await expect(loadSettings(world, named)).rejects.toMatchObject({ hint: expected });
  });
});

describe('invalid TOML', () => {
  test.each([
    ['[notebook]\nsize = small', 'line 2, column 8'],
    ['[notebook\n', 'line 1, column'],
    ['password = "hunter2', 'line 1, column'],
    ['a = 1\na = 2', 'line 2, column 1'],
  ])('the TOML %j is refused with line and column and is not quoted', async (text, position) => {
    const { load, userFile } = await settingsFiles({ user: text });
    const error = await load().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(String(error)).toContain(`${userFile}, ${position}`);
    expect(String(error)).toMatch(/this is not TOML: .+\.$/);
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
  });
});

describe('a secret', () => {
  test.each([
    '[openstack]\npassword = "hunter2"',
    'token = "hunter2"',
    '[credentials]\nuser = "hunter2"',
    '[ldap.search]\nbind_password = "hunter2"',
    '[contexts.dev.openstack]\napplication_credential_secret = "hunter2"',
    'x = [{ "api-key" = 1, passphrase = "hunter2" }]',
    '[site_team]\nadmin_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----hunter2"]',
  ])('the secret in %j is refused and not quoted', async (text) => {
    const error = await loadUser(text).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'CONFIGURATION',
      hint: expect.stringMatching(/login.*keychain/),
    });
    expect(String(error)).toMatch(/config\.toml, line \d: .* looks like a secret/);
    expect(String(error)).not.toContain('hunter2');
  });

  test('a secret in a variable is refused', async () => {
    await expect(loadUser('', { NUBES_NB_OPENSTACK_PASSWORD: 'hunter2' })).rejects.toThrow(
      'NUBES_NB_OPENSTACK_PASSWORD looks like a secret, and settings must not contain secrets.',
    );
  });

  test('a context may have any name', async () => {
    const { settings } = await loadUser('context = "token-test"\n[contexts.token-test]\n');
    expect(settings.context).toBe('token-test');
  });
});

describe('an unknown key', () => {
  test.each([
    [
      '[openstack]\nauht_url = "x"',
      2,
      'unknown key openstack.auht_url; did you mean openstack.auth_url?',
    ],
    ['\nauth_url = "x"', 2, 'unknown key auth_url; did you mean openstack.auth_url?'],
    ['[notebok]\nsize = "x"', 2, 'unknown key notebok.size; did you mean notebook.size?'],
    [
      '[contexts.dev.notebook]\nimgae = "x"',
      2,
      'unknown key notebook.imgae; did you mean notebook.image?',
    ],
    ['zzzzzzzzzzzz = 1', 1, 'unknown key zzzzzzzzzzzz; nubes-nb config list shows the known ones.'],
  ])(
    'the unknown key in %j is a warning with the nearest known key',
    async (text, line, sentence) => {
      const { load, userFile } = await settingsFiles({ user: text });
      expect((await load()).warnings).toEqual([`${userFile}, line ${line}: ${sentence}`]);
    },
  );

  // Reading the file again for each key took minutes, in which the program ignored signals.
  test('5,000 unknown keys are 5,000 warnings, and the file is read once for their lines', async () => {
    const text = Array.from({ length: 5_000 }, (_, at) => `[a${at}]\nx = 1`).join('\n');
    const { warnings } = await loadUser(text);
    expect(warnings).toHaveLength(5_000);
    expect(warnings.at(-1)).toContain(', line 10000: unknown key a4999.x;');
  });

  test('an unknown variable of a known section is a warning', async () => {
    const { warnings } = await loadUser('', {
      NUBES_NB_OPENSTACK_AUTHURL: 'x',
      NUBES_NB_APPLICATION_CREDENTIAL_ID: 'not a setting, and known to the session',
    });
    expect(warnings).toEqual([
      'NUBES_NB_OPENSTACK_AUTHURL is not a setting and is ignored; did you mean NUBES_NB_OPENSTACK_AUTH_URL?',
    ]);
  });
});

describe('rules between settings', () => {
  test.each([
    [`[ldap]\nurls = ["ldap://x"]\n${template}\nsearch.base = "dc=x"`, 'cannot be combined'],
    [
      `[ldap]\nurls = ["ldap://x"]\nbind_dn_template = ["{username}@x.org", "uid={username},dc=x"]`,
      'cannot have both DNs and names of Active Directory',
    ],
    [
      `[ldap]\nurls = ["ldap://x"]\nbind_dn_template = "{username}@x.org"\nsearch.filter = "(a=b)"`,
      'cannot be combined',
    ],
    ['[ldap]\nurls = ["ldap://x"]', 'LDAP needs ldap.bind_dn_template or ldap.search.base'],
    [`[ldap]\nurls = ["ldap://x"]\ntls = "insecure"\n${template}`, 'sends passwords unencrypted'],
    [`[ldap]\nurls = ["ldap://x"]\ntls = "ldaps"\n${template}`, 'to begin with ldaps://'],
    [`[ldap]\nurls = ["ldaps://x"]\ntls = "starttls"\n${template}`, 'to begin with ldap://'],
    [`[ldap]\nurls = ["ldaps://x", "ldap://y"]\n${template}`, 'to begin with ldaps://'],
    ['[openstack]\nauth_url = "http://keystone.example.org/v3"', 'must begin with https://'],
    ['[openstack]\nauth_url = "http://127.0.0.1.example.org/v3"', 'must begin with https://'],
  ])('the settings %j are refused together', async (text, part) => {
    const error = await loadUser(text).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIGURATION', hint: expect.any(String) });
    expect(String(error)).toContain(part);
    expect(String(error)).toMatch(/config\.toml, line \d/);
  });

  test.each([
    ['ldap://127.0.0.1:3389', 'insecure', 'insecure'],
    ['ldap://[::1]:3389', 'insecure', 'insecure'],
    ['ldap://ldap.example.org', undefined, 'starttls'],
    ['ldaps://ldap.example.org', undefined, 'ldaps'],
  ])('LDAP at %s with tls = %s uses %s', async (url, given, tls) => {
    const line = given === undefined ? '' : `tls = "${given}"`;
    const { settings, entries } = await loadUser(`[ldap]\nurls = "${url}"\n${line}\n${template}`);
    expect(settings.ldap?.tls).toBe(tls);
    expect(entries.find(({ key }) => key === 'ldap.tls')?.value).toBe(tls);
  });

  test.each(['http://127.0.0.1:5000/v3', 'http://localhost:5000/v3', 'http://[::1]/v3'])(
    'Keystone at %s is accepted',
    async (url) => {
      const { settings } = await loadUser(`openstack.auth_url = "${url}"`);
      expect(settings.openstack.authUrl).toBe(url);
    },
  );
});

describe('a settings file that cannot be read', () => {
  test('a folder as settings file is refused', async () => {
    const { world } = await settingsFiles();
    const { load } = await settingsFiles({ flags: { config: homeOf(world) } });
    await expect(load()).rejects.toThrow(
      /Cannot read the settings file .*: it is (not a file|a folder)\./,
    );
  });

  test('a settings file of more than 1 MiB is refused', async () => {
    await expect(loadUser(`# ${'x'.repeat(1024 * 1024)}`)).rejects.toThrow(
      ': it is larger than 1 MiB.',
    );
  });

  test('a symbolic link to itself as settings file is refused', async () => {
    const { home } = await settingsFiles();
    await symlink(`${home}/a`, `${home}/a`);
    const { load } = await settingsFiles({ flags: { config: `${home}/a` } });
    await expect(load()).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });
});
