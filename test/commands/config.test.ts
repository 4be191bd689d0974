import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Workbench, workbench } from '../support/workbench.ts';

let site: Workbench;
let bench: Workbench;
beforeAll(async () => {
  site = await workbench({ ldap: false });
});
beforeEach(() => {
  bench = site.secondComputer();
});
afterAll(() => site.close());

const text = () => readFileSync(bench.configFile, 'utf8');
const settings = (toml: string) => writeFileSync(bench.configFile, toml);

describe('config', () => {
  test('config set and unset change one line and keep the rest', async () => {
    const before = text();
    const set = await bench.nb('config set notebook.size l3.small');
    expect(set).toEqual({
      code: 0,
      stdout: `notebook.size is set in ${bench.configFile}.\n`,
      stderr: '',
    });
    expect(text()).toBe(before.replace('"l3.nano"', '"l3.small"'));
    expect((await bench.nb('config get notebook.size')).stdout).toBe('l3.small\n');
    await bench.nb('config unset notebook.size');
    expect(text()).toBe(before.replace('size = "l3.nano"\n', ''));
    expect((await bench.nb('config get notebook.size')).stdout).toBe('');
  });

  test('config set creates the file', async () => {
    const file = join(bench.home, 'new', 'config.toml');
    const { code } = await bench.nb(`config set site stfc --config ${file}`);
    expect(code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('site = "stfc"\n');
    const got = await bench.nb(`config get openstack.auth_url --config ${file}`);
    expect(got.stdout).toMatch(/^https:\/\/.*stfc/);
  });

  test('config list prints the origin of every value', async () => {
    settings('site = "stfc"\n[contexts.lab.openstack]\nproject = "p"\n[notebook]\nsize = "x"\n');
    const { stdout } = await bench.nb('config list --json --context lab', {
      environment: { NUBES_NB_LIMITS_PER_USER: '3' },
    });
    const entries: { key: string; value: unknown; origin: string }[] = JSON.parse(stdout);
    const of = (key: string) => entries.find((entry) => entry.key === key);
    expect(of('limits.per_user')).toMatchObject({ value: 3, origin: 'NUBES_NB_LIMITS_PER_USER' });
    expect(of('notebook.size')).toMatchObject({ value: 'x', origin: bench.configFile });
    expect(of('openstack.project')?.origin).toBe(`${bench.configFile} [contexts.lab]`);
    expect(of('openstack.auth_url')?.origin).toBe('profile stfc');
    expect(of('session.ttl')).toMatchObject({ value: '7d', origin: 'default' });
    expect(of('context')).toMatchObject({ value: 'lab', origin: '--context' });
  });

  test('config path prints the files and whether they exist', async () => {
    const { stdout } = await bench.nb('config path --json');
    expect(JSON.parse(stdout)).toEqual([
      { file: 'user', path: bench.configFile, exists: true },
      { file: 'site', path: join(bench.home, 'no-site.toml'), exists: false },
    ]);
    expect((await bench.nb('config path -q')).stdout).toBe(`${bench.configFile}\n`);
  });

  test('config path works with a broken file, and config set names its fault', async () => {
    settings('[openstack\n');
    expect((await bench.nb('config path -q')).code).toBe(0);
    const { code, stderr } = await bench.nb('config set notebook.size x');
    expect(stderr).toContain('line 1');
    expect(code).toBe(11);
    expect(text()).toBe('[openstack\n');
  });

  test.each([
    ['openstack', 'ca_file', 'missing.pem', /openstack\.ca_file .*missing\.pem cannot be read/],
    ['notebook', 'key_file', 'missing', /notebook\.key_file .*missing does not exist\./],
    [
      'notebook',
      'key_file',
      'config.toml',
      /notebook\.key_file .*config\.toml is not an SSH key\./,
    ],
    ['notebook', 'certificate', 'config.toml', /config\.toml/],
  ])('config validate exits 11 for %s.%s = "%s"', async (section, key, value, message) => {
    settings(`[${section}]\n${key} = "${value}"\n`);
    const { code, stderr } = await bench.nb('config validate');
    expect({ code, stderr }).toEqual({ code: 11, stderr: expect.stringMatching(message) });
    expect(stderr).toContain('hint: ');
  });

  test('config validate has the remedy of each file that it refuses', async () => {
    settings(`[openstack]\nca_file = "none.pem"\n[notebook]\nkey_file = "none.pub"\n`);
    const { code, stderr } = await bench.nb('config validate --json');
    const [error = '', ...hints] = stderr.trim().split('\n');
    expect(error).toMatch(/openstack\.ca_file .* notebook\.key_file .* does not exist\.$/);
    expect(hints.slice(0, -1)).toEqual([
      expect.stringMatching(/^hint: openstack\.ca_file: \w/),
      'hint: notebook.key_file: nubes-nb config set notebook.key_file FILE names the file of an SSH key',
    ]);
    const { hint } = JSON.parse(hints.at(-1) ?? '').error;
    expect(hint).toMatch(/^openstack\.ca_file: .*; notebook\.key_file: nubes-nb config set/);
    expect(code).toBe(11);
  });

  test('config validate names the valid files', async () => {
    expect((await bench.nb('config validate')).stdout).toBe(`${bench.configFile} is valid.\n`);
  });

  test.each([
    ['config set notebook.sise x', 2, 'did you mean notebook.size?'],
    ['config set notebook.port 0', 2, 'notebook.port must be a whole number from 1 to 65535.'],
    ['config set session.store cloud', 2, 'session.store must be "keychain" or "file".'],
    ['config set site nowhere', 11, 'there is no site profile "nowhere"'],
    ['config set openstack.password hunter2', 11, 'looks like a secret'],
    ['config get openstack.password', 11, 'looks like a secret'],
    ['config get nonsense', 2, 'hint: nubes-nb config list'],
    ['config unset notebook.sise', 2, 'did you mean notebook.size?'],
    ['config validate --config no/such/file', 11, 'named by --config, does not exist.'],
  ])('the command %s exits %i, says why and changes nothing', async (words, exit, why) => {
    const before = text();
    const { code, stdout, stderr } = await bench.nb(words);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain('hunter2');
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(text()).toBe(before);
  });
});

describe('context', () => {
  const two = '[contexts.lab.openstack]\nproject = "p"\n[contexts.prod]\nsite = "stfc"\n';

  test('context use selects the context that context list marks', async () => {
    settings(two);
    expect((await bench.nb('context list -q')).stdout).toBe('default\nlab\nprod\n');
    expect((await bench.nb('context use prod')).stdout).toBe('Switched to context prod.\n');
    expect((await bench.nb('config get context')).stdout).toBe('prod\n');
    expect((await bench.nb('context list')).stdout).toMatch(/\nprod +\* +https:/);
    const wrong = await bench.nb('context use none');
    expect(wrong.stderr).toContain('there is no context "none"; known: lab, prod.');
    expect(wrong.code).toBe(11);
  });

  test('--context wins over NUBES_NB_CONTEXT, which wins over the file', async () => {
    settings(`context = "prod"\n${two}`);
    const environment = { NUBES_NB_CONTEXT: 'lab' };
    expect((await bench.nb('config get context')).stdout).toBe('prod\n');
    expect((await bench.nb('config get context', { environment })).stdout).toBe('lab\n');
    const flag = await bench.nb('--context prod config get context', { environment });
    expect(flag.stdout).toBe('prod\n');
  });

  test('the hint of a command with --context has it too', async () => {
    await bench.nb('config set notebook.size l3.small --context lab');
    const { stderr, code } = await bench.nb('delete x --context lab --json');
    expect(stderr).toMatch(/^hint: nubes-nb --context lab login$/m);
    expect(stderr).toContain('"hint":"nubes-nb --context lab login"');
    expect(code).toBe(4);
  });

  test('commands in the output and in warnings of a command with --context have it too', async () => {
    const other = await workbench({ ldap: false });
    await other.nb('config set notebook.size l3.nano --context lab');
    const alice = other.sandbox.people.find(({ name }) => name === 'alice');
    await other.nb('login --context lab -u alice --password-stdin', {
      stdin: `${alice?.password}\n`,
    });
    const ls = await other.nb('ls --context lab');
    expect(ls.stderr).toContain('Create one: nubes-nb --context lab create NAME');
    const { stdout } = await other.nb('create x --context lab --wait running');
    expect(stdout).toContain('  Open    nubes-nb --context lab open x\n');
    await other.nb('stop x --context lab');
    const url = await other.nb('url x --context lab');
    expect(url.stderr).toContain('nothing answers at its URL: nubes-nb --context lab start x.');
    expect((await other.nb('show x --context lab')).stdout).toContain(
      'nubes-nb --context lab open x',
    );
  });

  test('config set --context changes only that context', async () => {
    settings(two);
    await bench.nb('config set notebook.size l3.small --context lab');
    expect((await bench.nb('config get notebook.size')).stdout).toBe('');
    expect((await bench.nb('config get notebook.size --context lab')).stdout).toBe('l3.small\n');
  });
});

describe('settings that are wrong', () => {
  test.each([
    ['[openstack\n', 'line 1', 'hint: correct that line'],
    ['a = 1\nb = = 2\n', 'line 2', 'hint: correct that line'],
    ['[notebook]\nport = "many"\n', 'line 2', 'notebook.port must be a whole number'],
    ['[limits]\nper_user = 2.5\n', 'line 2', 'limits.per_user must be a whole number'],
    ['openstack = "x"\n', 'line 1', 'openstack must be a section.'],
    ['[timeouts]\ncreate = "soon"\n', 'line 2', 'timeouts.create must be a duration'],
    ['[openstack]\nauth_url = "http://cloud.example.org"\n', 'line 2', 'must begin with https://'],
    ['[openstack]\npassword = "hunter2"\n', 'line 2', 'looks like a secret'],
    ['[contexts.a.ldap]\nbind_password = "hunter2"\n', 'line 2', 'looks like a secret'],
    ['[ldap]\nurls = ["ldaps://x"]\n', 'line 2', 'ldap.bind_dn_template or ldap.search.base'],
    [
      '[ldap]\nurls = ["ldap://x"]\ntls = "insecure"\nbind_dn_template = "u={username}"\n',
      'line 3',
      'unencrypted',
    ],
    ['site = "moon"\n', 'line 1', 'known: stfc'],
  ])('the settings %j exit 11 with line, key and hint', async (toml, line, why) => {
    settings(toml);
    const { code, stdout, stderr } = await bench.nb('ls');
    expect(stderr).toMatch(new RegExp(`^error: ${bench.configFile}, ${line}\\b`));
    expect(stderr).toContain(why);
    expect(stderr).toMatch(/\nhint: ./);
    expect(stderr).not.toContain('hunter2');
    expect({ code, stdout }).toEqual({ code: 11, stdout: '' });
    expect((await bench.nb('config validate')).code).toBe(11);
    expect(text()).toBe(toml);
  });

  test('an unknown key warns once with the nearest one, and the command continues', async () => {
    bench.configure((toml) => toml.replace('[notebook]', '[notebook]\nflavour = "x"\nimgae = "y"'));
    const login = await bench.login();
    expect(login.stderr.match(/^warning: /gm)).toHaveLength(2);
    const { code, stderr } = await bench.nb('ls -q');
    expect(stderr.match(/^warning: /gm)).toHaveLength(2);
    expect(stderr).toMatch(/unknown key notebook\.imgae; did you mean notebook\.image\?/);
    expect(code).toBe(0);
    const { warnings } = JSON.parse((await bench.nb('config validate --json')).stdout);
    expect(warnings).toHaveLength(2);
  });

  test('help works without settings, and login names the missing ones', async () => {
    settings('');
    expect((await bench.nb('--help')).code).toBe(0);
    const { code, stderr } = await bench.nb('login --username x --password-stdin', { stdin: 'y' });
    expect(stderr).toContain('error: openstack.auth_url is not set');
    expect(stderr).toContain('site = "stfc"');
    expect(code).toBe(11);
    expect((await bench.nb('ls')).code).toBe(4);
  });

  test('a settings file that is a folder, too large or not text exits 11', async () => {
    const { home } = bench;
    const large = join(home, 'large.toml');
    const binary = join(home, 'binary.toml');
    writeFileSync(large, '#'.repeat(1024 * 1024 + 1));
    writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00]));
    for (const [file, why] of [
      [home, 'is a folder'],
      [large, 'larger than 1 MiB'],
      [binary, 'not UTF-8'],
    ] as const) {
      const { code, stderr } = await bench.nb(`ls --config ${file}`);
      expect(stderr).toMatch(new RegExp(`^error: Cannot read the settings file ${file}: .*`));
      expect(stderr).toMatch(why === 'is a folder' ? /not a file|is a folder/ : why);
      expect(code).toBe(11);
    }
  });
});

describe('variables', () => {
  test('NUBES_NB_* variables win over the file, and lists are separated by commas', async () => {
    const environment = {
      NUBES_NB_NOTEBOOK_SECURITY_GROUPS: 'default, HTTP',
      NUBES_NB_NOTEBOOK_SIZE: 'l3.small',
    };
    const groups = await bench.nb('config get notebook.security_groups --json', { environment });
    expect(JSON.parse(groups.stdout)).toEqual({
      key: 'notebook.security_groups',
      value: ['default', 'HTTP'],
      origin: 'NUBES_NB_NOTEBOOK_SECURITY_GROUPS',
    });
    const set = await bench.nb('config set notebook.size l3.nano', { environment });
    expect(set.stderr).toContain('warning: NUBES_NB_NOTEBOOK_SIZE is set and overrides');
  });

  test.each([
    [{ NUBES_NB_NOTEBOOK_PORT: 'x' }, 'NUBES_NB_NOTEBOOK_PORT: notebook.port must be'],
    [{ NUBES_NB_OPENSTACK_PASSWORD: 'hunter2' }, 'NUBES_NB_OPENSTACK_PASSWORD looks like a secret'],
    [{ NUBES_NB_CONFIG: 'no/such/file' }, 'named by NUBES_NB_CONFIG, does not exist.'],
    [{ NUBES_NB_CONTEXT: 'none' }, 'there is no context "none"; none is defined.'],
  ])('the environment %j exits 11 and names the variable', async (environment, why) => {
    const { code, stderr } = await bench.nb('ls', { environment });
    expect(stderr).toContain(why);
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(11);
  });

  test('a misspelt variable warns with the nearest one', async () => {
    const environment = { NUBES_NB_OPENSTACK_AUTH_ULR: 'x' };
    const { stderr } = await bench.nb('config validate', { environment });
    expect(stderr).toContain('did you mean NUBES_NB_OPENSTACK_AUTH_URL?');
  });

  test('XDG variables move settings and state', async () => {
    const environment = {
      XDG_CONFIG_HOME: join(bench.home, 'c'),
      XDG_STATE_HOME: join(bench.home, 's'),
    };
    await bench.nb(`config set openstack.auth_url ${site.sandbox.authUrl}`, { environment });
    expect(existsSync(join(bench.home, 'c', 'nubes-nb', 'config.toml'))).toBe(true);
    await bench.nb('config set session.store file', { environment });
    await bench.nb('config set openstack.user_domain stfc', { environment });
    const password = site.sandbox.people.find(({ name }) => name === 'alice')?.password ?? '';
    await bench.nb('login -u alice --password-stdin', { environment, stdin: password });
    expect(existsSync(join(bench.home, 's', 'nubes-nb', 'secrets.json'))).toBe(true);
  });
});

describe('config import jupyterhub', () => {
  const python = `
c.LDAPAuthenticator.server_address = 'ldap.example.org'
c.LDAPAuthenticator.bind_dn_template = 'uid={username},ou=people,dc=example,dc=org'
c.LDAPAuthenticator.lookup_dn_search_password = 'hunter2'
c.LibcloudSpawner.machine_sizes = [('Small', 'l3.small')]
`;
  const toml = `[ldap]
urls = ["ldap://ldap.example.org"]
bind_dn_template = "uid={username},ou=people,dc=example,dc=org"

[notebook]
size = "l3.small"
`;
  const list = `Not taken:
  line 4: LDAPAuthenticator.lookup_dn_search_password is a secret, and settings contain none
`;
  const run = (words = '') => {
    writeFileSync(join(bench.home, 'hub.py'), python);
    return bench.nb(`config import jupyterhub ${join(bench.home, 'hub.py')} ${words}`);
  };

  test('prints settings, lists what became none, and writes nothing', async () => {
    const before = text();
    expect(await run()).toEqual({ code: 0, stdout: toml, stderr: list });
    expect(text()).toBe(before);
    const { stdout } = await run('--json');
    expect(JSON.parse(stdout)).toEqual({
      settings: {
        'ldap.urls': ['ldap://ldap.example.org'],
        'ldap.bind_dn_template': 'uid={username},ou=people,dc=example,dc=org',
        'notebook.size': 'l3.small',
      },
      notTaken: [
        {
          option: 'LDAPAuthenticator.lookup_dn_search_password',
          line: 4,
          reason: 'is a secret, and settings contain none',
        },
      ],
      warnings: [],
      path: null,
    });
  });

  test('--write makes a settings file that is valid', async () => {
    const file = join(bench.home, 'imported.toml');
    const { code, stderr } = await run(`--write --config ${file}`);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `${list}The settings are in ${file}. Next: nubes-nb --config ${file} config validate\n`,
    });
    expect(readFileSync(file, 'utf8')).toMatch(/^# Settings of nubes-nb[\s\S]*\n\n\[ldap\]/);
    expect(readFileSync(file, 'utf8').endsWith(`\n${toml}`)).toBe(true);
    expect((await bench.nb(`config validate --config ${file}`)).code).toBe(0);
  });

  test('--write keeps what a settings file has besides', async () => {
    const before = text();
    expect((await run('--write')).code).toBe(0);
    expect(text()).toContain('size = "l3.small"');
    const rest = before.split('\n').filter((line) => !line.startsWith('size'));
    for (const line of rest) expect(text()).toContain(line);
  });

  test('--write exits 11 and writes nothing if the settings do not fit those of the file', async () => {
    const file = join(bench.home, 'search.toml');
    const search =
      '[ldap]\nurls = ["ldap://other.example.org"]\n[ldap.search]\nbase = "dc=example"\n';
    writeFileSync(file, search);
    const { code, stderr } = await run(`--write --config ${file}`);
    expect(stderr).toMatch(/error: .*ldap\.(?:search|bind_dn_template)/);
    expect(code).toBe(11);
    expect(readFileSync(file, 'utf8')).toBe(search);
  });

  test('--write with --context writes into that context', async () => {
    expect((await run('--write --context hub')).code).toBe(0);
    expect(text()).toContain('[contexts.hub.notebook]\nsize = "l3.small"\n');
  });

  test.each([
    ['a missing file', 'missing.py', undefined, 'cannot be read: there is no such file'],
    ['a file without options', 'empty.py', 'x = 1\n', 'sets no option of JupyterHub'],
    ['a large file', 'large.py', '#'.repeat(300_000), 'is larger than 256 KiB'],
    ['a file that is not text', 'binary.py', 'c.A.b = "\0"', 'is not UTF-8 text'],
  ])('%s is refused', async (_, name, content, reason) => {
    const file = join(bench.home, name);
    if (content !== undefined) writeFileSync(file, content);
    const { code, stdout, stderr } = await bench.nb(`config import jupyterhub ${file}`);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: ${file} ${reason}`);
  });
});
