import { expect, test } from 'vitest';
import { findPlaces, siteConfigFile, sshFiles } from '../../src/settings/places.ts';
import type { World } from '../../src/world.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

function world(environment: Record<string, string>, platform: NodeJS.Platform = 'linux'): World {
  const home = platform === 'win32' ? 'C:\\Users\\abc' : '/home/abc';
  return { ...fakeTerminal().world, environment, platform, home, cwd: home };
}

const owner = { user: { id: 'u' }, project: { id: 'p' } };

test.each<[string, World, string, string, string]>([
  [
    'below the home folder',
    world({}),
    '/home/abc/.config/nubes-nb/config.toml',
    '/home/abc/.local/state/nubes-nb',
    '/home/abc/.cache/nubes-nb',
  ],
  [
    'of XDG variables',
    world({ XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: 'relative' }),
    '/c/nubes-nb/config.toml',
    '/s/nubes-nb',
    '/home/abc/.cache/nubes-nb',
  ],
  [
    'of Windows variables',
    world({ APPDATA: 'C:\\Roaming', LOCALAPPDATA: 'C:\\Local' }, 'win32'),
    'C:\\Roaming\\nubes-nb\\config.toml',
    'C:\\Local\\nubes-nb\\State',
    'C:\\Local\\nubes-nb\\Cache',
  ],
])('findPlaces returns the folders %s', (_, at, config, state, cache) => {
  expect(findPlaces(at, {})).toEqual({ config, state, cache });
});

test.each<[string, Record<string, string>, string]>([
  [
    'HOME is not set and the system has no account of the user',
    {},
    'HOME is not set, and the system has no account of this user',
  ],
  ['HOME is empty', { HOME: '' }, 'HOME is not set, and the system has no account of this user'],
  ['HOME is relative', { HOME: 'a' }, 'HOME is "a", which is not an absolute path'],
])('without a home folder, because %s, XDG variables are enough', (_, environment, why) => {
  const message = `The home folder is not known: ${why}.`;
  const homeless = (more = {}) =>
    findPlaces({ ...world({ ...environment, ...more }), home: undefined }, {});
  const given = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/x' };
  expect({ ...homeless(given) }).toEqual({
    config: '/c/nubes-nb/config.toml',
    state: '/s/nubes-nb',
    cache: '/x/nubes-nb',
  });
  expect(homeless({ NUBES_NB_CONFIG: '/mine.toml' }).config).toBe('/mine.toml');
  expect(homeless().cache).toBe(undefined);
  for (const place of ['config', 'state'] as const) {
    expect(() => homeless()[place]).toThrow(message);
    const relative = { [`XDG_${place.toUpperCase()}_HOME`]: 'a' };
    expect(() => homeless({ ...given, ...relative })[place]).toThrow(message);
  }
  expect(() => homeless({ NUBES_NB_CONFIG: '~/mine.toml' }).config).toThrow(message);
});

test('--config is relative to the working directory and overrides NUBES_NB_CONFIG', () => {
  const at = world({ NUBES_NB_CONFIG: '~/other.toml' });
  expect(findPlaces(at, { config: 'mine.toml' }).config).toBe('/home/abc/mine.toml');
  expect(findPlaces(at, {}).config).toBe('/home/abc/other.toml');
});

test('the site file is below /etc, or in ProgramData on Windows', () => {
  expect(siteConfigFile(world({}))).toBe('/etc/nubes-nb/config.toml');
  expect(siteConfigFile(world({ ProgramData: 'D:\\Data' }, 'win32'))).toBe(
    'D:\\Data\\nubes-nb\\config.toml',
  );
});

test.each<[string, World, string | undefined, string | undefined, RegExp]>([
  [
    'usual settings',
    world({}),
    undefined,
    undefined,
    /^\/home\/abc\/.config\/nubes-nb\/ssh_config$/,
  ],
  ['a context', world({}), undefined, 'training', /\/ssh_config-training$/],
  [
    '--config',
    world({}),
    'mine.toml',
    undefined,
    /^\/home\/abc\/.config\/nubes-nb\/ssh_config-[0-9a-f]{8}$/,
  ],
  [
    'NUBES_NB_CONFIG',
    world({ NUBES_NB_CONFIG: '/etc/x.toml' }),
    undefined,
    'a',
    /\/ssh_config-a-[0-9a-f]{8}$/,
  ],
  [
    'NUBES_NB_CONFIG that is the usual file',
    world({ NUBES_NB_CONFIG: '~/.config/nubes-nb/config.toml' }),
    undefined,
    undefined,
    /\/ssh_config$/,
  ],
  [
    'Windows',
    world({ APPDATA: 'C:\\Roaming' }, 'win32'),
    undefined,
    undefined,
    /^C:\\Roaming\\nubes-nb\\ssh_config$/,
  ],
])('sshFiles has files of its own for %s', (_, at, config, context, hosts) => {
  const found = sshFiles(at, config === undefined ? {} : { config }, context, owner);
  expect(found.hosts).toMatch(hosts);
  expect(found.config).toBe(found.hosts.replace('ssh_config', 'ssh_tunnel'));
});
