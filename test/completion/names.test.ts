import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contextsFile, loginKey, offeredNames } from '../../src/completion/layout.ts';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const folder = join(bench.home, '.cache', 'nubes-nb', 'completion-1');

/** The lines of a file after the first, which has the account. */
function names(file = 'default.notebooks'): string[] {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(1, -1) : [];
}

test('ls writes the names of the notebooks by status, in a private folder', async () => {
  addNotebook(bench, 'on');
  addNotebook(bench, 'also-on');
  addNotebook(bench, 'off', { status: 'SHUTOFF' });

  await bench.nb('ls');

  expect(names()).toEqual(['running also-on on', 'stopped off']);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'default.notebooks')).mode & 0o777).toBe(0o600);
});

test('ls writes no file whose content it would not change', async () => {
  addNotebook(bench, 'on');
  await bench.nb('ls');
  const { ino, mtimeMs } = statSync(join(folder, 'default.notebooks'));
  await bench.nb('ls --json');

  expect(statSync(join(folder, 'default.notebooks'))).toMatchObject({ ino, mtimeMs });
});

test('each command that changes a notebook changes its status, and a deleted one leaves', async () => {
  await bench.nb('create new --no-wait');
  expect(names().join()).toMatch(/(creating|running) new/);
  await bench.nb('wait new --for running');
  expect(names()).toEqual(['running new']);
  await bench.nb('stop new');
  expect(names()).toEqual(['stopped new']);
  await bench.nb('start new --wait running');
  expect(names()).toEqual(['running new']);
  await bench.nb('delete new --yes');
  expect(names()).toEqual([]);
});

test('a batch records all its notebooks, which share one list', async () => {
  await bench.nb('create a b c d e --wait running');
  expect(names()).toEqual(['running a b c d e']);
  await bench.nb('stop a b c d e');
  expect(names()).toEqual(['stopped a b c d e']);
  await bench.nb('delete a b c d e --yes');
  expect(names()).toEqual([]);
});

test('a notebook that another computer has deleted leaves when a command does not find it', async () => {
  addNotebook(bench, 'gone');
  await bench.nb('ls');
  const second = bench.secondComputer();
  await second.login();
  await second.nb('delete gone --yes');
  await bench.nb('show gone');

  expect(names()).toEqual([]);
});

test('create records the sizes and the image, and all images if there is none of that name', async () => {
  await bench.nb('create new --no-wait');
  expect(names('default.images')).toHaveLength(1);
  expect(names('default.sizes').length).toBeGreaterThan(1);
  await bench.nb('create other --image missing');
  expect(names('default.images').length).toBeGreaterThan(1);
});

test('images and sizes record all names', async () => {
  await bench.nb('images');
  await bench.nb('sizes');
  expect(names('default.images').length).toBeGreaterThan(1);
  expect(names('default.sizes').length).toBeGreaterThan(1);
});

test('commands at the same time leave a whole file', async () => {
  for (const name of ['a', 'b', 'c']) addNotebook(bench, name);
  await Promise.all(['ls', 'show a', 'stop b --no-wait', 'ls -q'].map((words) => bench.nb(words)));
  await bench.nb('ls');
  expect(names().join(' ')).toMatch(/^(?:stopped b running a c|running a c stopp(?:ed|ing) b)$/);
});

test('a list in parts records all notebooks', async () => {
  addNotebook(bench, 'on');
  await bench.nb('ls -o ndjson');
  expect(names()).toEqual(['running on']);
});

test('logout removes the names, and login as another user those of the former one', async () => {
  addNotebook(bench, 'on');
  await bench.nb('ls');
  await bench.login('bob');
  expect(names()).toEqual([]);
  await bench.nb('ls');
  expect(existsSync(join(folder, 'default.notebooks'))).toBe(true);
  await bench.nb('logout');
  expect(readdirSync(folder)).toEqual([]);
});

test('names of another account or another layout are not kept', async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'default.notebooks'), '# other other\nrunning theirs\n');
  addNotebook(bench, 'mine');
  await bench.nb('show mine');

  expect(names()).toEqual(['running mine']);
});

test('the contexts of the settings file are recorded, the selected one first', async () => {
  const contexts = () => readFileSync(join(folder, 'contexts'), 'utf8').split('\n');
  bench.configure((toml) => `${toml}\n[contexts.lab]\n[contexts.training]\n`);
  await bench.nb('context list');
  expect(contexts()).toEqual(['', 'lab', 'training', '']);
  await bench.nb('context use training');
  expect(contexts()).toEqual(['training', 'lab', 'training', '']);
  await bench.nb('config set openstack.region X --context new');
  expect(contexts()).toEqual(['training', 'lab', 'new', 'training', '']);
});

test.each<[string, () => void]>([
  ['that is read-only', () => chmodSync(folder, 0o500)],
  ['that is a file', () => replaceFolder(() => writeFileSync(folder, ''))],
  ['that is a link', () => replaceFolder(() => symlinkSync(bench.home, folder))],
  ['with a folder in the place of a file', () => mkdirSync(join(folder, 'default.notebooks'))],
  ['with damaged files', () => writeFileSync(join(folder, 'default.notebooks'), '\0\xff')],
])('a folder %s changes no output', async (_, prepare) => {
  addNotebook(bench, 'on');
  mkdirSync(folder, { recursive: true });
  prepare();

  expect(await bench.nb('ls -q')).toEqual({ code: 0, stdout: 'on\n', stderr: '' });
});

test('a link in the place of a file is not written through', async () => {
  const target = join(bench.home, 'target');
  writeFileSync(target, 'kept');
  mkdirSync(folder, { recursive: true });
  symlinkSync(target, join(folder, 'default.notebooks'));
  await bench.nb('ls');

  expect(readFileSync(target, 'utf8')).toBe('kept');
  expect(lstatSync(join(folder, 'default.notebooks')).isSymbolicLink()).toBe(true);
});

function replaceFolder(make: () => void): void {
  rmSync(folder, { recursive: true });
  make();
}

test.each<[string, string | undefined, string | undefined]>([
  ['default', undefined, 'default'],
  ['lab.1', undefined, 'lab.1'],
  ['../x', undefined, undefined],
  ['two words', undefined, undefined],
  ['default', '0a1b', 'credential%0a1b'],
  ['default', '../x', undefined],
])('the files of the context %j with the credential %j begin with %j', (login, id, key) => {
  expect(loginKey(login, id)).toBe(key);
});

test.each<[string | undefined, string | undefined]>([
  [undefined, 'contexts'],
  ['/etc/my/lab.toml', 'contexts%etc%my%lab.toml'],
  ['C:\\lab.toml', 'contextsC%%lab.toml'],
  ['lab.toml', undefined],
  ['/etc/$(id)', undefined],
])('the contexts of the settings file %j are in %j', (path, file) => {
  expect(contextsFile(path)).toBe(file);
});

test('only names that stand on one line and look like no flag are offered, each once', () => {
  const kept = ['a', 'two words', '$(id)', '`id`', '"\'', 'a:b', '#x', 'größe'];
  const dropped = [
    '',
    '-rf',
    '--yes',
    ' a',
    'a ',
    'a\nb',
    'a\rb',
    '\u001b[2J',
    '\u202ea',
    'a\u2028b',
  ];
  expect(offeredNames([...kept, ...dropped, 'x'.repeat(256), 'a'])).toEqual(kept);
});
