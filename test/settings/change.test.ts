import { lstat, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { homeOf } from '../../src/home.ts';
import { setSetting, unsetSetting } from '../../src/settings/change.ts';
import { statementsOf } from '../../src/settings/toml-lines.ts';
import { settingsFiles } from './settings-files.ts';

const handwritten = `# My settings; keep this comment.
site = "stfc"   # the cloud

[openstack]     # where
  project = "My \\"Project\\" # one"  # which
auth_url = 'https://old.example.org/v3'

# About notebooks
[notebook]
security_groups = [
  "default", # first
  "HTTP",
]
size = "l3.nano"

[contexts.dev.openstack]
project = "dev"
`;

async function changed(name: string, value: string | undefined, user: string, context?: string) {
  const made = await settingsFiles({
    user,
    ...(context === undefined ? {} : { flags: { context } }),
  });
  const { world, flags, read } = made;
  const change = await (value === undefined
    ? unsetSetting(world, flags, name)
    : setSetting(world, flags, name, value));
  return { change, text: await read() };
}

test.each([
  ['notebook.size', 'l3.small', 'size = "l3.nano"', 'size = "l3.small"'],
  ['openstack.project', 'Other', '"My \\"Project\\" # one"  # which', '"Other"  # which'],
  ['notebook.security_groups', 'a,b', '[\n  "default", # first\n  "HTTP",\n]', '["a", "b"]'],
  ['notebook.port', '8000', 'size = "l3.nano"\n', 'size = "l3.nano"\nport = 8000\n'],
  ['notebook.config_drive', 'no', '"l3.nano"\n', '"l3.nano"\nconfig_drive = false\n'],
  ['context', 'dev', '# the cloud\n', '# the cloud\ncontext = "dev"\n'],
])('setSetting %s %s changes its line and no other', async (name, value, before, after) => {
  const { text } = await changed(name, value, handwritten);
  expect(text).toBe(handwritten.replace(before, after));
});

test.each([
  ['ldap.allowed_groups', 'a, b', '["a", "b"]'],
  ['ldap.allowed_groups', 'cn=a,dc=x; cn=b,dc=x', '["cn=a,dc=x", "cn=b,dc=x"]'],
  ['ldap.denied_groups', 'cn=a,dc=x;b', '["cn=a,dc=x", "b"]'],
  ['ldap.bind_dn_template', 'uid={username},dc=x', '"uid={username},dc=x"'],
  ['ldap.bind_dn_template', 'uid={username},ou=a;uid={username},ou=b', undefined],
])('setSetting %s %s writes DNs whole', async (name, value, written) => {
  const { text } = await changed(name, value, '');
  const list = '["uid={username},ou=a", "uid={username},ou=b"]';
  expect(text).toBe(`[ldap]\n${name.slice(5)} = ${written ?? list}\n`);
});

test('setSetting adds a missing section', async () => {
  const { text, change } = await changed('timeouts.http', '120', handwritten);
  expect(text).toBe(`${handwritten}\n[timeouts]\nhttp = "2m"\n`);
  expect(change).toMatchObject({ key: 'timeouts.http', changed: true, value: '2m' });
});

test('setSetting with --context writes into that context', async () => {
  const { text } = await changed('openstack.project', 'x', handwritten, 'dev');
  expect(text).toBe(handwritten.replace('project = "dev"', 'project = "x"'));
  const { text: added } = await changed('notebook.size', 'x', handwritten, 'my own');
  expect(added).toBe(`${handwritten}\n[contexts."my own".notebook]\nsize = "x"\n`);
});

test.each([
  ['notebook.size', 'size = "l3.nano"\n'],
  ['notebook.security_groups', 'security_groups = [\n  "default", # first\n  "HTTP",\n]\n'],
  ['site', 'site = "stfc"   # the cloud\n'],
])('unsetSetting %s removes its lines and no others', async (name, lines) => {
  const { text, change } = await changed(name, undefined, handwritten);
  expect(text).toBe(handwritten.replace(lines, ''));
  expect(change.changed).toBe(true);
});

test('unsetSetting of a missing key changes nothing', async () => {
  const { text, change } = await changed('notebook.image', undefined, handwritten);
  expect(text).toBe(handwritten);
  expect(change.changed).toBe(false);
});

test('setSetting and unsetSetting restore the file', async () => {
  const made = await settingsFiles({ user: handwritten });
  await setSetting(made.world, {}, 'notebook.port', '8000');
  await unsetSetting(made.world, {}, 'notebook.port');
  expect(await made.read()).toBe(handwritten);
});

test('setSetting creates the file with mode 0600', async () => {
  const { world, userFile, read } = await settingsFiles();
  await setSetting(world, {}, 'notebook.size', 'l3.nano');
  expect(await read()).toBe('[notebook]\nsize = "l3.nano"\n');
  expect((await stat(userFile)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(userFile))).mode & 0o777).toBe(0o700);
});

test('setSetting keeps CRLF line ends', async () => {
  const { text } = await changed('notebook.port', '1', '[notebook]\r\nsize = "a"\r\n');
  expect(text).toBe('[notebook]\r\nsize = "a"\r\nport = 1\r\n');
});

test('setSetting writes a relative path as absolute', async () => {
  const made = await settingsFiles();
  await setSetting(made.world, {}, 'openstack.ca_file', './ca.pem');
  expect(await made.read()).toContain(`ca_file = "${join(made.world.cwd, 'ca.pem')}"`);
  await setSetting(made.world, {}, 'openstack.ca_file', '~/ca.pem');
  expect(await made.read()).toContain('ca_file = "~/ca.pem"');
});

test.each([
  ['notebook.siez', 'x', 'USAGE', 'There is no setting "notebook.siez".'],
  ['notebook.port', 'high', 'USAGE', 'notebook.port must be a whole number'],
  ['openstack.password', 'hunter2', 'CONFIGURATION', 'openstack.password looks like a secret'],
  ['site', 'cern', 'CONFIGURATION', 'known: stfc'],
  ['context', 'none', 'CONFIGURATION', 'known: dev'],
])('setSetting %s %s is refused with %s', async (name, value, code, sentence) => {
  const made = await settingsFiles({ user: handwritten });
  const error = await setSetting(made.world, {}, name, value).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) });
  expect(String(error)).not.toContain('hunter2');
  expect(await made.read()).toBe(handwritten);
});

test.each([
  ['notebook = { size = "a" }\n', 'notebook.port', '1'],
  ['notebook = { size = "a" }\n', 'notebook.size', 'b'],
  ['notebook = { size = "a" }\n', 'notebook.size', undefined],
])('the file %j cannot be edited and is left as it is', async (user, name, value) => {
  const { world, read, userFile } = await settingsFiles({ user });
  const change =
    value === undefined ? unsetSetting(world, {}, name) : setSetting(world, {}, name, value);
  await expect(change).rejects.toMatchObject({
    code: 'CONFIGURATION',
    hint: `edit ${userFile} by hand`,
  });
  expect(await read()).toBe(user);
});

test('setSetting reports a folder that cannot be written', async () => {
  const made = await settingsFiles({ user: '' });
  const flags = { config: join(made.userFile, 'below-a-file.toml') };
  await expect(setSetting(made.world, flags, 'notebook.size', 'x')).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining('cannot be written'),
  });
});

test('statementsOf finds statements with quotes, brackets and comments in their values', () => {
  const text = [
    'a.b = """x = 1 # no',
    '[no]"""" # yes',
    "c = '''it's'''",
    'd = { e = "]", f = [1, "#"] } # g = 1',
    '[\'h.i\'."j\\"k"]',
    '"l m" = "\\\\"',
    '[[n]]',
    'o = [ # ]',
    ' "x]" ]',
  ].join('\n');
  expect(statementsOf(text).map(({ line, path }) => [line, ...path])).toEqual([
    [1, 'a', 'b'],
    [3, 'c'],
    [4, 'd'],
    [5, 'h.i', 'j"k'],
    [6, 'h.i', 'j"k', 'l m'],
    [7, 'n'],
    [8, 'n', 'o'],
  ]);
});

test('a settings file that is a link to a file that is not there yet stays a link', async () => {
  const { world } = await settingsFiles({});
  const target = join(homeOf(world), 'dotfiles', 'nubes.toml');
  const link = join(homeOf(world), 'link.toml');
  await symlink(join('dotfiles', 'nubes.toml'), link);
  await setSetting(world, { config: link }, 'notebook.size', 'l3.nano');
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(await readFile(target, 'utf8')).toContain('size = "l3.nano"');
});
