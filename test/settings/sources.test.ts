import { expect, test } from 'vitest';
import { chosenContext } from '../../src/settings/contexts.ts';
import type { FileLayers, Layer } from '../../src/settings/layer.ts';
import { resolve, type Sources } from '../../src/settings/sources.ts';

const layer = (origin: string, ...keys: readonly string[]): Layer =>
  new Map(keys.map((key) => [key, { value: origin, origin, position: origin }]));

const file = (base: Layer, dev: Layer): FileLayers => ({
  file: { path: '', text: '', table: {} },
  ...{ base, contexts: new Map([['dev', dev]]), warnings: [] },
});

/** Sources in which each named one sets openstack.region and context to its own name. */
function sourcesWith(present: readonly string[]): Sources {
  const of = (name: string) =>
    present.includes(name) ? layer(name, 'openstack.region', 'context') : new Map();
  return {
    variables: of('variable'),
    user: file(of('user'), of('user context')),
    site: file(of('site'), of('site context')),
    warnings: [],
  };
}

test.each([
  ['variable, user context, user, site context, site', 'dev', 'variable'],
  ['user context, user, site context, site', 'dev', 'user context'],
  ['user, site context, site', 'dev', 'user'],
  ['site context, site', 'dev', 'site context'],
  ['site', 'dev', 'site'],
  ['user context, user, site', undefined, 'user'],
  ['site context, site', undefined, 'site'],
  ['user context, site context', 'other', undefined],
  ['', 'dev', undefined],
])('of the sources "%s" with the context %s, %s sets the value', (present, context, winner) => {
  const resolved = resolve(sourcesWith(present.split(', ')), context);
  expect(resolved.get('openstack.region')?.origin).toBe(winner);
});

test.each([
  ['flag, variable, user, site', '--context'],
  ['variable, user, site', 'variable'],
  ['user, site', 'user'],
  ['site, user context', 'site'],
  ['user context, site context', undefined],
])('of the sources "%s", %s selects the context', (present, winner) => {
  const names = present.split(', ');
  const flags = names.includes('flag') ? { context: 'dev' } : {};
  expect(chosenContext(flags, sourcesWith(names))?.origin).toBe(winner);
});

test('a profile is overridden by every other source', () => {
  const sources = { ...sourcesWith([]), variables: layer('stfc', 'site') };
  expect(resolve(sources, undefined).get('openstack.region')).toMatchObject({
    value: 'RegionOne',
    origin: 'profile stfc',
  });
  const site = file(layer('site file', 'openstack.region'), new Map());
  expect(resolve({ ...sources, site }, undefined).get('openstack.region')?.origin).toBe(
    'site file',
  );
});
