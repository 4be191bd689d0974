import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { type CommandWords, wordsOf } from '../scripts/completions/words.ts';
import { exitCodes } from '../src/errors.ts';
import { buildWholeProgram } from '../src/program.ts';
import { run } from '../src/run.ts';
import { variableOf } from '../src/setting-variable.ts';
import { keys } from '../src/settings/keys.ts';
import { helpWorld } from './support/help-world.ts';
import { siteCertificate } from './support/https.ts';

const site = siteCertificate('nb.example.org', { from: new Date(0), days: 29_000 });

const walks = pagesIn('docs/walks');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pagesIn('docs'), ...walks];

function pagesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

test('the README has at most 8 KB', () => {
  expect(statSync('README.md').size).toBeLessThanOrEqual(8192);
});

test('the README links to every page of docs, and the first hour to every walk', () => {
  const linked = [
    ...linksOf('README.md'),
    ...linksOf('docs/first-hour.md').map((link) => `docs/${link}`),
  ];
  expect(pages.filter((page) => page !== 'README.md' && !linked.includes(page))).toEqual([]);
});

test('npm packs every page', async () => {
  expect(pages.filter((page) => !packed.includes(page))).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  const text = readFileSync(page, 'utf8');

  test(`the links of ${page} lead to files in the package`, () => {
    const files = linksOf(page).flatMap((link) => {
      const [file = ''] = link.split('#');
      return file === '' ? [] : [normalize(join(dirname(page), file))];
    });
    expect(files.filter((file) => !packed.includes(file))).toEqual([]);
  });

  test(`the anchors in ${page} are headings`, () => {
    const broken = linksOf(page).filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : join(dirname(page), file);
      return anchor !== undefined && !(existsSync(target) && anchorsOf(target).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  test(`the settings and variables that ${page} names exist`, () => {
    expect(settingNames(text).filter((name) => !knownSettings.has(name))).toEqual([]);
    const named = [...text.matchAll(/\bNUBES_NB_[A-Z_]+\b/g)].map(([name]) => name);
    expect(named.filter((name) => !knownVariables.has(name))).toEqual([]);
  });

  test(`the files of the repository that ${page} names exist`, () => {
    const named = text.matchAll(/`((?:src|test|scripts|docs|bin|completions)\/[a-z\d./_-]*)`/g);
    expect([...named].map(([, file = '']) => file).filter((file) => !existsSync(file))).toEqual([]);
  });

  test(`the commands and flags that ${page} shows exist`, async () => {
    const program = await words;
    for (const call of callsIn(text)) {
      const unknown = unknownWords(program, call.split(/\s+/));
      expect({ call, unknown }).toEqual({ call, unknown: [] });
    }
  });

  test.each(blocks(text, 'toml'))(`the settings example %# of ${page} is valid`, async (toml) => {
    const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-docs-'));
    try {
      const file = join(folder, 'config.toml');
      writeFileSync(join(folder, 'site.pem'), (await site).pem, { mode: 0o600 });
      // The files that an example names are those of another computer.
      const named = /^(ca_file|certificate) = "[^"]*"/gm;
      writeFileSync(file, toml.replace(named, '$1 = "site.pem"'));
      const { world, written } = helpWorld();
      const environment = { NUBES_NB_SITE_CONFIG: join(folder, 'none.toml') };
      const code = await run(['config', 'validate', '--json', '--config', file], {
        ...world,
        environment,
      });
      expect(code).toBe(0);
      expect(JSON.parse(written())).toEqual({ valid: true, files: [file], warnings: [] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const pictures = readdirSync('docs/pictures').map((name) => `docs/pictures/${name}`);

test.each(pictures)('%s is small, has a title, and loads and runs nothing', (file) => {
  const svg = readFileSync(file, 'utf8');
  expect(statSync(file).size).toBeLessThanOrEqual(20_480);
  expect(svg).toMatch(/<title id="title">.{10,}<\/title>/);
  expect(svg).toContain('role="img" aria-labelledby="title"');
  expect(svg).toContain('@media(prefers-color-scheme:dark)');
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
    /<(?!\/?(?:svg|title|style|rect|text|tspan)\b)|\bhref|url\(|@import|\bon\w+=/,
  );
});

test('each picture is on a page, with a text for those who do not see it', () => {
  const shown = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/!\[[^\]]{10,}\]\((\S+\.svg)\)/g)].map(
      ([, file = '']) => normalize(join(dirname(page), file)),
    ),
  );
  expect(pictures.filter((file) => !shown.includes(file))).toEqual([]);
});

test('the documents show at least a hundred commands, all of them checked', () => {
  const calls = pages.flatMap((page) => callsIn(readFileSync(page, 'utf8')));
  expect(calls.length).toBeGreaterThan(100);
});

test("the lab's image is built by the recipe of docs/image.md, which is a valid script", async () => {
  const [page = ''] = blocks(readFileSync('docs/image.md', 'utf8'), 'sh').filter((block) =>
    block.includes('virt-customize'),
  );
  const [, recipe = ''] = /^cat > jupyter\.sh <<'EOF'\n([\s\S]*?\n)EOF$/m.exec(page) ?? [];
  const { stdout } = await execa('test/real/lab/jupyter-image.sh', ['--recipe']);
  expect(`${stdout}\n`).toBe(recipe);
  expect(stdout).toContain('jupyter-lab --version');
  for (const input of [page, recipe]) await execa('sh', ['-n'], { input });
});

test('CONTRIBUTING.md names every folder of src and of src/notebooks', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8');
  const folders = ['src', 'src/notebooks'].flatMap((parent) =>
    readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory()),
  );
  expect(folders.map(({ name }) => name).filter((name) => !text.includes(`\`${name}/\``))).toEqual(
    [],
  );
});

test('docs/scripting.md lists the exit codes of the program', () => {
  const text = readFileSync('docs/scripting.md', 'utf8');
  const table = /## Exit codes([\s\S]*?)\n## /.exec(text)?.[1] ?? '';
  const listed = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = '']) =>
    codes.split(',').map(Number),
  );
  expect(listed).toEqual([...new Set([0, ...Object.values(exitCodes)])].sort((a, b) => a - b));
});

test.each(['docs/commands.md', 'docs/scripting.md', 'test/golden/help/create.txt'])(
  'the example in %s that creates thirty notebooks raises the limit first',
  (page) => {
    const text = readFileSync(page, 'utf8');
    const lines = [...text.matchAll(/^.*\n *seq -f \S+ 30 \|/gm)];
    expect(lines.length).toBeGreaterThan(0);
    for (const [line] of lines) expect(line).toContain('export NUBES_NB_LIMITS_PER_USER=30\n');
  },
);

const words = buildWholeProgram(helpWorld().world).then(wordsOf);
const packed = await packedFiles();

const sections = new Set(keys.flatMap(({ name }) => name.match(/^\w+(?=\.)/) ?? []));
const knownSettings = new Set(keys.map(({ name }) => name));
const knownVariables = new Set([
  ...keys.map(({ name }) => variableOf(name)),
  'NUBES_NB_CONFIG',
  'NUBES_NB_SITE_CONFIG',
  'NUBES_NB_LDAP_SEARCH_PASSWORD',
  'NUBES_NB_APPLICATION_CREDENTIAL_ID',
  'NUBES_NB_APPLICATION_CREDENTIAL_SECRET',
]);

async function packedFiles(): Promise<readonly string[]> {
  const { stdout } = await execa('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

/** The targets of a page's links within the repository. */
function linksOf(page: string): readonly string[] {
  const text = readFileSync(page, 'utf8').replace(/^ *```[\s\S]*?^ *```/gm, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^https?:/.test(link));
}

/** The anchors of a page's headings, as GitHub and GitLab make them. */
function anchorsOf(page: string): readonly string[] {
  const headings = readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** `section.key` in code; the name of a file may look like one. */
function settingNames(text: string): readonly string[] {
  return [...text.matchAll(/`([a-z_]+)(\.[a-z_]+)+`/g)].flatMap(([name, section = '']) =>
    sections.has(section) && !name.endsWith('.json`') ? [name.slice(1, -1)] : [],
  );
}

/** What follows `nubes-nb` in the commands that a page shows. */
function callsIn(text: string): readonly string[] {
  const calls = text.matchAll(/(?:^ *|[`$(|] ?|-- )nubes-nb +([^\n`|#>)]+)/gm);
  return [...calls].map(([, call = '']) => call.trim());
}

/** Commands and flags that the program does not have; what comes after `--` is another program's. */
function unknownWords(program: CommandWords, line: readonly string[]): readonly string[] {
  const end = line.indexOf('--');
  const words = (end === -1 ? line : line.slice(0, end)).filter((word) => word !== 'COMMAND');
  const verbs = words.filter((word, at) => !/^-/.test(word) && words[at - 1] !== '--context');
  const command = verbs.reduce(
    (above, verb) => above.commands.find(({ names }) => names.includes(verb)) ?? above,
    program,
  );
  const flags = [...program.flags, ...command.flags].flatMap(({ names }) => names);
  const unknown = words.filter((word) => /^-./.test(word) && !flags.includes(word));
  const isGroup = command.commands.length > 0 && verbs.length > command.path.split(' ').length;
  return isGroup || (command === program && verbs.length > 0) ? [...verbs, ...unknown] : unknown;
}

function blocks(text: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}
