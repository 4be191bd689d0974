import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { section } from '../scripts/docs.ts';
import { homeOf } from '../src/home.ts';
import { findPlaces, sshFiles } from '../src/settings/places.ts';
import { helpWorld } from './support/help-world.ts';
import { addNotebook, sharedBench } from './support/workbench.ts';

const bench = await sharedBench();

/** The mode of each path in the table of docs/files.md; a folder ends with `/`. */
const table = section(readFileSync('docs/files.md', 'utf8'), 'files');
const documented = new Map(
  [...table.matchAll(/^\| `~\/([^`]+)` \| (0\d{3}) \|/gm)].map(([, path = '', mode = '']) => [
    path,
    mode,
  ]),
);

test('docs/files.md has the folders and files of src/settings/places.ts', () => {
  const { world } = helpWorld();
  const { state, cache, config } = findPlaces(world, {});
  const { hosts, config: tunnel } = sshFiles(world, {}, undefined, {
    user: { id: 'u' },
    project: { id: 'p' },
  });
  const paths = [state, config, hosts, tunnel].map((path) => relative(homeOf(world), path));
  const named = [...documented.keys()].map((path) => path.replace(/\/$/, ''));
  expect(paths.filter((path) => !named.includes(path))).toEqual([]);
  expect(
    named.filter((path) => path.startsWith(`${relative(homeOf(world), cache ?? '')}/`)),
  ).toHaveLength(3);
});

test('docs/files.md names every file that the source names in the state folder', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/^(?:sandbox|settings)/.test(path))
    .map((path) => readFileSync(join('src', path), 'utf8'));
  const named = sources.flatMap((text) =>
    [...text.matchAll(/\b(?:stateFolder|folder), '([a-z][\w.-]*)'\)/g)].map(
      ([, name = '']) => name,
    ),
  );
  expect(named).toEqual(expect.arrayContaining(['journal.ndjson', 'session.json', 'known_hosts']));
  const state = '.local/state/nubes-nb';
  const missing = [...named, 'boots.json', 'keys.json', 'certificates.json'].filter(
    (name) => !documented.has(`${state}/${name}`) && !documented.has(`${state}/${name}/`),
  );
  expect(missing).toEqual([]);
});

test('each file that commands write is in docs/files.md with its mode', async () => {
  await bench.nb('create first --image jupyter-notebook-2026.11 --size l3.nano');
  for (const words of ['ls', 'sizes', 'images', 'url first', 'stop first', 'history', 'status']) {
    expect(await bench.nb(words)).toMatchObject({ code: 0 });
  }
  await bench.nb('context create other --set notebook.size=l3.tiny');
  await bench.nb('ls --context other');
  const written = filesBelow(bench.home).filter(([path]) => path !== '.ssh/id_ed25519.pub');
  expect(written.map(([path]) => path)).toContain('.local/state/nubes-nb/journal.ndjson');
  // The bench writes it, as an administrator's script may.
  const others = written.filter(([path]) => path !== '.config/nubes-nb/config.toml');
  expect(others.filter(([path, mode]) => modeOf(path) !== mode)).toEqual([]);
});

test('delete leaves only the journal with the id of a VM', async () => {
  const { id } = addNotebook(bench, 'first');
  await bench.nb('wait first');
  const ports = join(bench.stateFolder, 'ports.json');
  writeFileSync(ports, JSON.stringify({ [id]: 20_123 }), { mode: 0o600 });
  expect(await bench.nb('delete first --yes')).toMatchObject({ code: 0 });
  const naming = filesBelow(bench.home)
    .map(([path]) => path)
    .filter((path) => readFileSync(join(bench.home, path), 'utf8').includes(id));
  expect(naming.filter((path) => !path.endsWith('journal.ndjson'))).toEqual([]);
});

/** The mode that the table gives a file: its own row, that of its context, or a folder's, whose files are private. */
function modeOf(path: string): string | undefined {
  const folder = [...documented.keys()].find(
    (name) => name.endsWith('/') && path.startsWith(name) && /cache|tunnels/.test(name),
  );
  return (
    documented.get(path) ??
    documented.get(path.replace(/-other$/, '')) ??
    (folder === undefined ? undefined : '0600')
  );
}

function filesBelow(folder: string): (readonly [path: string, mode: string])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => {
      const { mode } = statSync(join(folder, path));
      return [path, `0${(mode & 0o777).toString(8)}`] as const;
    });
}
