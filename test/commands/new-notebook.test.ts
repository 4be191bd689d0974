import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { liveServers, setQuota } from '../support/cloud.ts';
import { addNotebook, type CallOptions, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const { nb, sandbox, configure } = bench;
const withoutDefaults = () => configure((toml) => toml.replace(/^(?:image|size) = .*\n/gm, ''));
const settings = () => readFileSync(bench.configFile, 'utf8');
const onTerminal = { terminal: 100, environment: { NO_COLOR: '1' } };
type Answers = NonNullable<CallOptions['answers']>;
const create = async (words: string, answers: Answers = []) => {
  const seen = await nb(`create ${words}`, { ...onTerminal, answers });
  return { ...seen, shown: stripVTControlCharacters(seen.stderr) };
};
const created = () => liveServers(bench).map(({ name }) => name);
const enter = '\r';
const down = '\u001b[B';

test('create asks for name, image and size, and keeps the choices as defaults', async () => {
  withoutDefaults();
  addNotebook(bench, 'notebook');
  const { code, shown } = await create('--no-wait', [
    ['Name of the notebook: notebook-2', enter],
    ['Image:', enter],
    ['Size:', down],
    ['❯ l3.micro', enter],
    ['Keep jupyter-notebook-2026.11 and l3.micro as default?', enter],
  ]);
  expect(code).toBe(0);
  expect(created()).toContain('nb-alice-notebook-2');
  expect(shown).toMatch(/❯ jupyter-notebook-2026\.11 +2d old {2}JupyterLab 4\.4, Python 3\.13/);
  expect(shown).toMatch(/❯ l3\.nano +2 cores +2 GiB memory +10 GiB disk +fits \d times now/);
  expect(shown.lastIndexOf('l3.huge')).toBeGreaterThan(shown.lastIndexOf('l3.small'));
  expect(shown).toMatch(/l3\.huge.*\(does not fit now\)/);
  expect(settings()).toMatch(/^image = "jupyter-notebook-2026\.11"$/m);
  expect(settings()).toMatch(/^size = "l3\.micro"$/m);
  const again = await create('b --no-wait');
  expect(again.shown).not.toContain('?');
  expect(again.code).toBe(0);
});

test('create with a name asks for the image and the size only, and may leave the settings as they are', async () => {
  withoutDefaults();
  const before = settings();
  const { code, shown } = await create('x --no-wait', [
    ['Image:', enter],
    ['Size:', enter],
    ['as default?', `n${enter}`],
  ]);
  expect(code).toBe(0);
  expect(shown).not.toContain('Name of the notebook');
  expect(settings()).toBe(before);
});

test('create with flags or settings for both asks for the name only', async () => {
  const { code, shown } = await create('--no-wait', [['Name of the notebook:', `mine${enter}`]]);
  expect(code).toBe(0);
  expect(shown).not.toMatch(/Image:|Size:|default\?/);
  expect(created()).toEqual(['nb-alice-mine']);
});

test('create refuses a taken or an invalid name where it is typed', async () => {
  addNotebook(bench, 'mine');
  const { code, shown } = await create('--no-wait', [
    ['Name of the notebook:', `mine${enter}`],
    ['You have a notebook named mine.', `!${enter}`],
    ['Use 1 to 32 of a-z, 0-9 and -', `\u007f2${enter}`],
  ]);
  expect(code).toBe(0);
  expect(shown).toContain('Name of the notebook: mine2');
  expect(created()).toContain('nb-alice-mine2');
});

test.each<[string, string, () => unknown, number]>([
  ['a taken name', 'x', () => addNotebook(bench, 'x'), 6],
  ['an invalid name', 'X', () => {}, 2],
  ['an invalid name of several', 'x X', () => {}, 2],
  ['an unknown size', 'x --size nonsense', () => {}, 3],
  ['an unknown image', 'x --image nonsense', () => {}, 3],
  ['an unknown network', 'x --network nonsense', () => {}, 3],
  ['a full quota', '', () => setQuota(bench, { instances: 0 }), 7],
  ['a project without images', '', () => sandbox.cloud.images.splice(0), 3],
  ['a project without sizes', '', () => sandbox.cloud.flavors.splice(0), 3],
  ['direct access without allowed_cidr', '--access direct', () => {}, 11],
  ['a time-out that is none', '--timeout nonsense', () => {}, 2],
])('create refuses %s without a question', async (_, words, prepare, expected) => {
  withoutDefaults();
  prepare();
  const { code, shown } = await create(words);
  expect(shown).not.toMatch(/Name of the notebook|Image:|Size:/);
  expect(code).toBe(expected);
});

test('create without anything to choose says so and names who can help', async () => {
  withoutDefaults();
  sandbox.cloud.flavors.splice(0);
  const { stderr } = await bench.nb('create x --image jupyter-notebook-2026.11');
  expect(stderr).toContain(
    'error: The project sees no size that a notebook can use.\nhint: ask your cloud team for one that your project may use\n',
  );
});

test.each(['', '--image jupyter-notebook-2026.11', 'x'])(
  'create %s without a terminal exits 2 and names what is missing',
  async (words) => {
    withoutDefaults();
    const { code, stderr } = await nb(`create ${words}`);
    expect(stderr).toMatch(words === 'x' ? /No image is chosen.*\n.*--image/ : /'name'/);
    expect(code).toBe(2);
  },
);

test('a size that is too small for the image cannot be chosen', async () => {
  withoutDefaults();
  const [image] = sandbox.cloud.images;
  Object.assign(image ?? {}, { minDisk: 20 });
  const { shown } = await create('x --no-wait', [
    ['Image:', enter],
    ['❯ l3.micro', enter],
    ['as default?', `n${enter}`],
  ]);
  expect(shown).toMatch(/l3\.nano.*\(too small for the image\)/);
});

const questions: Answers = [
  ['Name of the notebook:', enter],
  ['Image:', enter],
  ['Size:', enter],
  ['as default?', enter],
];

test.each(
  ['\u0003', '\u0004'].flatMap((key) =>
    questions.map(([asked], index) => [key, asked, index] as const),
  ),
)('%j at "%s" exits 130 and creates nothing', async (key, asked, index) => {
  withoutDefaults();
  const { code, shown } = await create('', [...questions.slice(0, index), [asked, key]]);
  expect(shown).toContain('Cancelled.');
  expect(code).toBe(130);
  expect(created()).toEqual([]);
});

test.each([
  ['x --no-wait', '--no-wait returns before there is a page'],
  ['x --wait running', '--wait running does not wait for the page'],
  ['x y', 'it is for one notebook'],
  ['--from -', 'it is for one notebook'],
  ['x --dry-run', '--dry-run creates nothing'],
  ['x --json', 'no program waits for its JSON'],
  ['x -o ndjson', 'no program waits for its JSON'],
])('create %s --open is refused in words', async (words, reason) => {
  const { code, stderr } = await nb(`create ${words} --open`);
  expect(stderr).toContain('Cannot use --open: ');
  expect(stderr).toContain(reason);
  expect(code).toBe(2);
  expect(created()).toEqual([]);
});
