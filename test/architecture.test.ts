import path from 'node:path';
import { expect, test } from 'vitest';
import { commands as table } from '../src/commands/index.ts';
import {
  cycles,
  foldersIn,
  importsIn,
  isFile,
  isIn,
  type Rows,
  reachable,
  readImports,
  staticImportsIn,
  unusedPlaces,
  wrongImporters,
  wrongImports,
} from './support/imports.ts';

/** Small files that every file may import; they import nothing but each other. */
const base =
  'bounded-file.ts ca-file.ts child-environment.ts command-line.ts deadline.ts errors.ts file-lock.ts fingerprint.ts folder.ts gibibytes.ts given-guest.ts hints.ts home.ts link-target.ts loopback.ts once.ts plain-error.ts rfc3339.ts setting-variable.ts spawned.ts world.ts';

/** What every folder of `notebooks/` may import: the files of its root are one folder, the lowest. */
const domain =
  'notebooks/* certificates completion openstack settings/nearest.ts settings/settings.ts ssh';

/**
 * What the files of a row may import besides each other and `base`. A file belongs to the longest row that
 * its path begins with; `x/*` means the files directly in `x`.
 */
const rows: Rows = {
  'main.ts': 'run.ts standalone/keychain-word.ts',
  'keychain-main.ts': 'session/keychain standalone/keytar.ts',
  'standalone-main.ts': 'keychain-main.ts main.ts standalone/keychain-word.ts',
  'run.ts': 'argv.ts program.ts terminal',
  'argv.ts': '',
  'program.ts':
    'app.ts explained.ts commands/index.ts terminal/colour.ts terminal/help.ts terminal/open.ts version.ts',
  'app.ts': 'notebooks openstack session settings terminal version.ts',
  'explained.ts': 'app.ts notebooks/suggestion.ts openstack/errors.ts',
  'version.ts': '../package.json',
  ...alone(base),

  'commands/index.ts': 'app.ts commands',
  commands: `app.ts commands/admin commands/background commands/batch commands/options commands/output certificates completion doctor manifest notebooks session
    settings terminal version.ts`,
  'commands/sandbox.ts': 'app.ts commands/output sandbox terminal',
  'commands/admin': 'app.ts commands/options commands/output notebooks session settings terminal',
  'commands/background': 'app.ts commands/output notebooks session terminal',
  'commands/batch': 'app.ts commands/options commands/output notebooks terminal',
  'commands/options': 'app.ts certificates manifest notebooks session settings terminal',
  'commands/output': 'app.ts notebooks session terminal',

  doctor: 'certificates directory notebooks openstack session settings ssh version.ts',

  notebooks: domain,
  ...inNotebooks({
    admin: 'lifecycle/nova-action.ts console/last-lines.ts',
    guests:
      'connect console first-boot/options.ts first-boot/guests.ts https/verify-certificate.ts jupyter',
    batch: 'create guests lifecycle jupyter connect/probe.ts',
    create:
      'first-boot guests/token.ts https jupyter/token.ts lifecycle readiness/wait-until-ready.ts',
    lifecycle: `readiness jupyter/restart.ts https connect console
      first-boot/certificate.ts`,
    readiness: 'https/floating-ip.ts connect first-boot/packages.ts console',
    jupyter: 'https/verify-certificate.ts connect first-boot/jupyter.ts console',
    https: 'connect console',
    connect: 'first-boot/packages.ts console',
    console: '',
  }),
  'notebooks/first-boot': 'notebooks/console/marker.ts notebooks/jupyter-api.ts ssh',

  session: 'directory openstack',
  manifest: 'settings',
  standalone: '',
  settings: 'completion',
  ...alone('certificates completion directory openstack ssh terminal'),

  sandbox: 'sandbox/cloud sandbox/ldap sandbox/vm',
  'sandbox/ldap': 'sandbox/temporary-folder.ts',
  'sandbox/vm': 'sandbox/cloud sandbox/temporary-folder.ts',
  ...alone('sandbox/cloud'),
};

/** The only files or folders that import a library. */
const importers: Rows = {
  '@jellybrick/dbus-next': 'session/keychain/secret-service.ts',
  '@lezer/common': 'settings/jupyterhub/python.ts',
  '@lezer/python': 'settings/jupyterhub/python.ts',
  axios: 'openstack/http/axios.ts',
  chalk: 'terminal/palette.ts',
  'cli-table3': 'terminal/table.ts',
  commander: 'argv.ts commands program.ts run.ts',
  'csv-parse/sync': 'manifest/people.ts',
  'csv-stringify/sync': 'terminal/csv.ts',
  'fastest-levenshtein': 'settings/nearest.ts',
  'https-proxy-agent': 'openstack/http/axios.ts',
  inquirer: 'terminal/questions.ts',
  'ipaddr.js': 'notebooks/https',
  keytar: 'keychain-main.ts',
  ldapjs: 'sandbox/ldap',
  ldapts: 'directory',
  'node-forge': 'certificates/pkcs12.ts',
  'node:process': 'main.ts',
  open: 'terminal/browser.ts',
  ora: 'terminal/progress.ts terminal/multi-progress.ts',
  'proper-lockfile': 'file-lock.ts',
  selfsigned: 'sandbox',
  'smol-toml': 'settings/files.ts',
  ssh2: 'sandbox',
  'string-width': 'terminal/measure.ts',
  valibot: 'openstack session',
  'write-file-atomic': 'completion notebooks/connect session settings ssh',
  yaml: 'manifest session',
};

const source = readImports(path.resolve('src'));

test('every file of src imports only what the row of its folder allows', () => {
  expect(wrongImports(source, rows, base)).toEqual([]);
});

test('every row allows only what its files import', () => {
  expect(unusedPlaces(source, rows, domain)).toEqual([]);
});

test('every library is imported by its own files and by no other', () => {
  expect(wrongImporters(source, importers)).toEqual([]);
  const imported = new Set([...source.values()].flat());
  expect(Object.keys(importers).filter((name) => !imported.has(name))).toEqual(['node:process']);
});

test('no files of src import each other in a cycle, types included', () => {
  expect(cycles(source)).toEqual([]);
});

test('every file of src but the entry of the executable is imported by another', () => {
  const imported = new Set([...source.values()].flat());
  const starts = [...source.keys()].filter((file) => !imported.has(file));
  expect(starts.sort()).toEqual(['standalone-main.ts']);
});

test('the folders of src/notebooks import each other one way only, types included', () => {
  expect(cycles(foldersIn('notebooks', source))).toEqual([]);
});

test('no command imports another command', () => {
  const others = [...source].flatMap(([file, targets]) =>
    isIn(file, 'commands/*') && file !== 'commands/index.ts'
      ? targets.filter((to) => isIn(to, 'commands/*')).map((to) => `${file} imports ${to}`)
      : [],
  );
  expect(others).toEqual([]);
});

test('no command loads a library but commander before it runs', () => {
  const loaded = readImports(path.resolve('src'), staticImportsIn);
  const isLibrary = (name: string) =>
    !isFile(name) && !name.startsWith('node:') && name !== 'commander';
  const early = [...loaded.keys()]
    .filter((file) => isIn(file, 'commands/*'))
    .flatMap((file) =>
      [...reachable(loaded, file)].filter(isLibrary).map((name) => `${file} loads ${name}`),
    );
  expect(early).toEqual([]);
});

test('each file of src/commands is a command of the table, and the other way round', () => {
  const files = [...source.keys()].filter((file) => isIn(file, 'commands/*'));
  const commands = table.map(({ name }) => `commands/${name}.ts`);
  expect(files.sort()).toEqual(['commands/index.ts', ...commands].sort());
});

test.each([
  ['a folder that its row does not name', 'ssh/a.ts', 'terminal/b.ts'],
  ['a file of a folder of which only another file is named', 'notebooks/a.ts', 'settings/b.ts'],
  [
    'a folder inside notebooks/ that its row does not name',
    'notebooks/lifecycle/a.ts',
    'notebooks/batch/b.ts',
  ],
  [
    'a folder below one of which only the files are named',
    'notebooks/first-boot/a.ts',
    'notebooks/b.ts',
  ],
  ['the program that runs it', 'commands/a.ts', 'program.ts'],
  ['OpenStack, from a command', 'commands/a.ts', 'openstack/service.ts'],
  ['a file outside src', 'commands/a.ts', '../scripts/b.ts'],
])('a file that imports %s is refused', (_, from, to) => {
  expect(wrongImports(new Map([[from, [to]]]), rows, base)).toEqual([`${from} imports ${to}`]);
});

test('a file that belongs to no row is refused', () => {
  expect(wrongImports(new Map([['elsewhere/a.ts', ['errors.ts']]]), rows, base)).toEqual([
    'elsewhere/a.ts has no row',
  ]);
});

test('a place that a row allows and none of its files imports is found', () => {
  const imports = new Map([['run.ts', ['program.ts']]]);
  const table = { 'run.ts': 'program.ts terminal ssh' };
  expect(unusedPlaces(imports, table, 'ssh')).toEqual(['run.ts does not import terminal']);
});

test.each([
  ['a second importer of a library', 'axios', 'openstack/http/client.ts'],
  ['a library without an importer of its own', 'lodash', 'terminal/table.ts'],
  ['an import of the process outside main.ts', 'node:process', 'run.ts'],
])('%s is refused', (_, library, file) => {
  expect(wrongImporters(new Map([[file, [library]]]), importers)).toEqual([
    `${file} imports ${library}`,
  ]);
});

test('a cycle of imports is found, and what merely imports it is not part of it', () => {
  const imports = { 'a.ts': ['b.ts'], 'b.ts': ['c.ts'], 'c.ts': ['d.ts', 'b.ts'], 'd.ts': [] };
  expect(cycles(new Map(Object.entries(imports)))).toEqual(['b.ts c.ts']);
});

test('folders that import each other are a cycle, even if their files are none', () => {
  const imports = {
    'n/a/1.ts': ['n/b/1.ts'],
    'n/b/2.ts': ['n/a/2.ts'],
    'n/c/d/1.ts': ['n/a/1.ts'],
  };
  const folders = foldersIn('n', new Map(Object.entries(imports)));
  expect(cycles(folders)).toEqual(['n/a n/b']);
  expect(folders.get('n/c')).toEqual(['n/a']);
});

test('imports of types, of several lines, of effects and on demand are all read', () => {
  const text = `
    import type { A } from './a.ts';
    import {
      b,
    } from '../b.ts';
    export { c } from './c.ts';
    import './d.ts';
    const e = (await import('./e.ts')).e satisfies typeof import('f').F;
    // A comment from 'x' or import "y".`.replaceAll('\n    ', '\n');
  expect(importsIn('ssh/file.ts', text)).toEqual([
    'ssh/a.ts',
    'b.ts',
    'ssh/c.ts',
    'ssh/d.ts',
    'ssh/e.ts',
    'f',
  ]);
  expect(staticImportsIn('ssh/file.ts', text)).toEqual(['b.ts', 'ssh/c.ts', 'ssh/d.ts']);
});

function alone(names: string): Rows {
  return Object.fromEntries(names.split(' ').map((name) => [name, '']));
}

/** Rows of the folders of `notebooks/`: each may import `domain` and the folders named for it. */
function inNotebooks(folders: Rows): Rows {
  return Object.fromEntries(
    Object.entries(folders).map(([folder, others]) => [
      `notebooks/${folder}`,
      `${domain} ${others.replace(/\S+/g, 'notebooks/$&')}`,
    ]),
  );
}
