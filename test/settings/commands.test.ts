import { expect, test } from 'vitest';
import * as config from '../../src/commands/config.ts';
import * as context from '../../src/commands/context.ts';
import { findPlaces } from '../../src/settings/places.ts';
import { openTerminal } from '../../src/terminal/open.ts';
import type { Report } from '../../src/terminal/report.ts';
import type { GlobalFlags } from '../../src/world.ts';
import { type SettingsFiles, settingsFiles } from './settings-files.ts';

async function configCommand(options: SettingsFiles = {}) {
  const made = await settingsFiles(options);
  const { world, flags, load, stdout, stderr, home } = made;
  const part = {
    ...{ world, flags },
    loadedSettings: load,
    places: findPlaces(world, flags),
    terminal: openTerminal(world, flags),
  };
  const print = async (report: Report, form: GlobalFlags = flags) => {
    const before = stdout().length;
    await openTerminal(world, form).print(report);
    return stdout().slice(before).replaceAll(home, '~');
  };
  return { ...made, part, print, stderrText: () => stderr().replaceAll(home, '~') };
}

const dev = `context = "dev"
[openstack]
auth_url = "https://keystone.example.org/v3"
[notebook]
security_groups = ["default", "HTTP"]
[contexts.dev.openstack]
project = "Dev project"
[contexts.training]
site = "stfc"
`;

test('config list shows every key with value and origin', async () => {
  const { part, print } = await configCommand({
    user: dev,
    environment: { NUBES_NB_SESSION_TTL: '8h' },
  });
  const report = await config.list(part);
  const text = await print(report);
  expect(text.split('\n').filter((line) => !line.endsWith(' default'))).toMatchInlineSnapshot(`
    [
      "KEY                       VALUE                               ORIGIN",
      "context                   dev                                 ~/.config/nubes-nb/config.toml",
      "openstack.auth_url        https://keystone.example.org/v3     ~/.config/nubes-nb/config.toml",
      "openstack.project         Dev project                         ~/.config/nubes-nb/config.toml [contexts.dev]",
      "session.ttl               8h                                  NUBES_NB_SESSION_TTL",
      "notebook.security_groups  default,HTTP                        ~/.config/nubes-nb/config.toml",
      "",
    ]
  `);
  expect(text).toMatchSnapshot();
  const data = JSON.parse(await print(report, { json: true }));
  expect(data).toContainEqual({ key: 'session.ttl', value: '8h', origin: 'NUBES_NB_SESSION_TTL' });
  expect(data).toContainEqual({ key: 'notebook.image', value: null, origin: 'default' });
});

test('config get prints the value alone, and the whole entry as JSON', async () => {
  const { part, print, userFile, home } = await configCommand({ user: dev });
  const report = await config.get(part, 'notebook.security_groups');
  expect(await print(report)).toBe('default,HTTP\n');
  expect(JSON.parse(await print(report, { json: true }))).toEqual({
    key: 'notebook.security_groups',
    value: ['default', 'HTTP'],
    origin: userFile.replace(home, '~'),
  });
  expect(await print(await config.get(part, 'notebook.image'))).toBe('');
});

test('config get of an unknown key exits 2 and names the nearest', async () => {
  const { part } = await configCommand();
  await expect(config.get(part, 'notebook.imgae')).rejects.toMatchObject({
    exit: 2,
    hint: 'did you mean notebook.image?',
  });
});

test('config set and unset print what they did and warn about an overriding variable', async () => {
  const { part, print, stderrText, read } = await configCommand({
    environment: { NUBES_NB_NOTEBOOK_SIZE: 'from-variable' },
  });
  const file = '~/.config/nubes-nb/config.toml';
  expect(await print(await config.set(part, 'notebook.size', 'l3.nano'))).toBe(
    `notebook.size is set in ${file}.\n`,
  );
  expect(await read()).toBe('[notebook]\nsize = "l3.nano"\n');
  expect(stderrText()).toContain('warning: NUBES_NB_NOTEBOOK_SIZE is set and overrides');
  expect(await print(await config.unset(part, 'notebook.size'))).toBe(
    `notebook.size is no longer set in ${file}.\n`,
  );
  expect(await print(await config.unset(part, 'notebook.size'))).toBe(
    `notebook.size was not set in ${file}.\n`,
  );
});

test('config path prints the files and whether they exist', async () => {
  const { part, print } = await configCommand({ user: '' });
  const report = await config.path(part);
  const text = await print(report);
  // The width of the column depends on where the temporary home is.
  expect(text.replaceAll(/ {2,}/g, ' ').split('\n')).toEqual([
    'FILE PATH EXISTS',
    'user ~/.config/nubes-nb/config.toml yes',
    'site ~/etc/config.toml no',
    '',
  ]);
  expect(await print(report, { quiet: true })).toBe('~/.config/nubes-nb/config.toml\n');
});

test('config validate prints what is valid, and exits 11 for an invalid file', async () => {
  const good = await configCommand({ user: dev });
  expect(await good.print(await config.validate(good.part))).toBe(
    '~/.config/nubes-nb/config.toml is valid.\n',
  );
  const none = await configCommand();
  expect(await none.print(await config.validate(none.part))).toBe(
    'There is no settings file; what is set otherwise is valid.\n',
  );
  const bad = await configCommand({ user: 'notebook.port = 0' });
  await expect(config.validate(bad.part)).rejects.toMatchObject({ exit: 11 });
});

test('context list marks the current context', async () => {
  const { part, print } = await configCommand({ user: dev });
  const report = await context.list(part);
  expect(await print(report)).toMatchInlineSnapshot(`
    "NAME      CURRENT  AUTH URL                         PROJECT
    default            https://keystone.example.org/v3  -
    dev       *        https://keystone.example.org/v3  Dev project
    training           https://keystone.example.org/v3  -
    "
  `);
  expect(JSON.parse(await print(report, { json: true }))[2]).toEqual({
    name: 'training',
    current: false,
    authUrl: 'https://keystone.example.org/v3',
    project: null,
  });
});

test.each([
  ['no context', ''],
  ['a selected context that does not exist', 'context = "gone"'],
])('context list shows the settings without a context as default, with %s', async (_, user) => {
  const { part } = await configCommand({ user });
  const { names } = await context.list(part);
  expect(names).toEqual(['default']);
});

test('context use default selects no context', async () => {
  const { part, load } = await configCommand({ user: dev });
  await context.use(part, 'default');
  expect((await load()).settings.context).toBeUndefined();
  expect((await context.list(part)).data).toMatchObject([
    { name: 'default', current: true },
    {},
    {},
  ]);
});

test('context create adds a context with its settings, and --use switches to it', async () => {
  const { part, load, print } = await configCommand({ user: dev });
  const set = ['openstack.project=a=b', 'notebook.size=l3.tiny'];
  const report = await context.create(part, 'course-1', { set, use: true });
  expect(await print(report)).toBe(
    `Created the context course-1 in ~/.config/nubes-nb/config.toml.
It is used from now on.
Each context has a login of its own: nubes-nb login
`,
  );
  const { settings } = await load();
  expect(settings).toMatchObject({
    context: 'course-1',
    openstack: { project: 'a=b' },
    notebook: { size: 'l3.tiny' },
  });
});

test.each([
  ['dev', ['openstack.project=x'], 6, 'There is a context "dev" already.'],
  ['default', ['openstack.project=x'], 2, "'default' cannot be the name of a context."],
  ['a b', ['openstack.project=x'], 2, "'a b' cannot be the name of a context."],
  ['x', ['openstack.project'], 2, "--set takes KEY=VALUE, not 'openstack.project'."],
  ['x', ['notebook.size=l3.nano', 'notebook.port=0'], 2, 'notebook.port must be'],
  ['x', ['context=dev'], 2, 'A context cannot select a context.'],
  ['x', ['openstack.projct=x'], 2, 'There is no setting "openstack.projct".'],
])('context create %s --set %j is refused and writes nothing', async (name, set, exit, message) => {
  const { part, read } = await configCommand({ user: dev });
  await expect(context.create(part, name, { set })).rejects.toMatchObject({
    exit,
    message: expect.stringContaining(message),
  });
  expect(await read()).toBe(dev);
});

test('context use writes the context to the file, and refuses an unknown one', async () => {
  const { part, print, load, read } = await configCommand({ user: dev });
  expect(await print(await context.use(part, 'training'))).toBe('Switched to context training.\n');
  expect(await read()).toBe(dev.replace('"dev"', '"training"'));
  expect((await load()).settings.context).toBe('training');
  await expect(context.use(part, 'prod')).rejects.toMatchObject({
    exit: 11,
    message: 'context: there is no context "prod"; known: dev, training.',
  });
});
