import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { loadKeytar } from '../../src/standalone/keytar.ts';
import type { Keytar } from '../../src/world.ts';

const root = mkdtempSync(join(tmpdir(), 'nubes-nb-binding-'));
afterAll(() => rmSync(root, { recursive: true }));

const binding = Buffer.from('the bytes of a binding');
const keytar = {} as Keytar;
let home: string;
let loaded: string[];

beforeEach(() => {
  home = mkdtempSync(join(root, 'home-'));
  mkdirSync(join(home, 'tmp'));
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  loaded = [];
});

const cache = () => join(home, '.cache', 'nubes-nb', 'native');

/** `fails` stands for a folder from which the system does not load. */
function load({
  fails = [] as string[],
  environment = {} as Record<string, string>,
  isHomeKnown = true,
} = {}): Keytar {
  const userId = process.geteuid?.();
  const temporary = join(home, 'tmp');
  const places = {
    ...({ platform: 'linux', userId, environment, temporary } as const),
    home: isHomeKnown ? home : undefined,
  };
  return loadKeytar(binding, places, (file) => {
    expect(readFileSync(file)).toEqual(binding);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    if (fails.some((folder) => file.startsWith(folder))) throw new Error(`${file}: noexec`);
    loaded.push(file);
    return keytar;
  });
}

test('the binding of an executable is loaded from a private file in the cache, which is written once', () => {
  expect(load()).toBe(keytar);
  expect(load()).toBe(keytar);
  expect(new Set(loaded).size).toBe(1);
  expect(dirname(loaded[0] ?? '')).toBe(cache());
  expect(readdirSync(cache())).toHaveLength(1);
});

test.each([
  ['changed', (file: string) => writeFileSync(file, 'other bytes')],
  ['cut', (file: string) => writeFileSync(file, '')],
  ['writable by others', (file: string) => chmodSync(file, 0o777)],
  [
    'a folder',
    (file: string) => {
      rmSync(file);
      mkdirSync(file);
    },
  ],
  [
    'a link',
    (file: string) => {
      rmSync(file);
      symlinkSync('/bin/true', file);
    },
  ],
])('a cached binding that is %s is replaced', (_, change) => {
  load();
  change(loaded[0] ?? '');
  load();
  expect(statSync(loaded[1] ?? '').mode & 0o022).toBe(0);
});

test('the cached binding of another version is removed after a month without a change', () => {
  mkdirSync(cache(), { recursive: true, mode: 0o700 });
  for (const name of ['keytar-new.node', 'keytar-old.node']) writeFileSync(join(cache(), name), '');
  const past = new Date(Date.now() - 31 * 24 * 60 * 60 * 1000);
  utimesSync(join(cache(), 'keytar-old.node'), past, past);
  load();
  expect(readdirSync(cache()).sort()).toEqual(
    ['keytar-new.node', loaded[0]?.slice(cache().length + 1)].sort(),
  );
});

test.each([
  ['a file in its place', () => writeFileSync(join(home, '.cache'), '')],
  [
    'a link in its place',
    () => {
      mkdirSync(dirname(cache()), { recursive: true });
      symlinkSync(home, cache());
    },
  ],
])('a cache with %s is not used', (_, make) => {
  make();
  load({ environment: { XDG_RUNTIME_DIR: join(home, 'run') } });
  expect(loaded[0]).toContain(join(home, 'run', 'nubes-nb', 'native'));
});

test.each([
  ['below XDG_CACHE_HOME', () => ({ XDG_CACHE_HOME: join(home, 'x') }), 'x/nubes-nb/native'],
  ['below XDG_RUNTIME_DIR', () => ({ XDG_RUNTIME_DIR: join(home, 'run') }), 'run/nubes-nb/native'],
  ['in a temporary folder', () => ({ XDG_CACHE_HOME: 'relative' }), 'tmp'],
])('without a home folder, the binding is %s', (_, environment, folder) => {
  expect(load({ environment: environment(), isHomeKnown: false })).toBe(keytar);
  expect(loaded[0]).toContain(join(home, folder));
});

test.runIf(process.geteuid?.() === 0).each([
  ['a cache of another user', cache],
  ['a cache below a folder of another user', () => dirname(cache())],
])('%s is not used', (_, folder) => {
  mkdirSync(cache(), { recursive: true });
  chownSync(folder(), 12345, 12345);
  load();
  expect(loaded[0]).toContain(join(home, 'tmp'));
});

test('a cache below a folder that all may change is not used', () => {
  mkdirSync(dirname(cache()), { recursive: true });
  chmodSync(dirname(cache()), 0o777);
  load();
  expect(loaded[0]).toContain(join(home, 'tmp'));
});

test('a binding that loads only from a temporary folder leaves nothing there', () => {
  const environment = { XDG_RUNTIME_DIR: join(home, 'run') };
  expect(load({ environment, fails: [cache(), join(home, 'run')] })).toBe(keytar);
  expect(dirname(dirname(loaded[0] ?? ''))).toBe(join(home, 'tmp'));
  expect(existsSync(loaded[0] ?? '')).toBe(false);
  expect(readdirSync(join(home, 'tmp'))).toEqual([]);
});

test('a binding that loads from nowhere is an error, and leaves nothing in the temporary folder', () => {
  expect(() => load({ fails: [home] })).toThrow('noexec');
  expect(readdirSync(join(home, 'tmp'))).toEqual([]);
});
