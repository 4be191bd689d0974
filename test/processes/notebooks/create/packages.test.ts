import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { importKey, liveServers, post } from '../../../support/cloud.ts';
import { itemsIn } from '../../../support/items.ts';
import { hasSsh, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();

const write = (name: string, text: string) => writeFileSync(join(bench.home, name), text);
/** The content of a file that a VM is given. */
const given = (path: string, name = 'x') => {
  const server = liveServers(bench).find(({ metadata }) => metadata['nubes-nb:notebook'] === name);
  const bytes = Buffer.from(server?.userData ?? '', 'base64');
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString();
  const files: { path: string; content: string }[] = JSON.parse(
    text.slice(text.indexOf('\n')),
  ).write_files;
  return files.find((file) => file.path === path)?.content;
};
const list = (name?: string) => given('/etc/nubes/requirements.txt', name);

describe('create --requirements', () => {
  test('create --requirements is ready once the packages are installed, and shows a packages step', async () => {
    write('requirements.txt', 'numpy\npandas>=2  # tables\n');
    const { code, stdout, stderr } = await bench.nb('create x --requirements requirements.txt');
    expect(stderr).toMatch(
      /\nssh: .*\njupyter: waiting .*\npackages: being installed.*\njupyter: ready.*\n$/,
    );
    expect(stdout).toMatch(/^x is ready/);
    expect(code).toBe(0);
    expect(list()).toBe('numpy\npandas>=2\n');
  });

  test('create --json reports packages as installed; without packages and in show it is null', async () => {
    write('r.txt', 'numpy\n');
    const { stdout, stderr } = await bench.nb('create x --requirements r.txt --json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ready', packages: 'installed' });
    expect(stderr).toBe('');
    expect(JSON.parse((await bench.nb('show x --json')).stdout)).toMatchObject({ packages: null });
    expect(JSON.parse((await bench.nb('create y --json')).stdout)).toMatchObject({
      packages: null,
    });
    expect(list('y')).toBeUndefined();
  });

  test('a notebook whose packages fail is ready; a warning says why and how to retry', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'no-package-index');
    write('r.txt', 'numpy\n');
    const { code, stdout, stderr } = await bench.nb('create x --requirements r.txt --json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ready', packages: 'failed' });
    expect(stderr).toBe(
      'warning: the packages of x are not installed: the package index cannot be reached. See nubes-nb logs x --source packages; nubes-nb exec x -- sh /etc/nubes/packages.sh retries.\n',
    );
    expect(code).toBe(0);
  });

  test('packages are installed on the first boot only', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'no-package-index');
    write('r.txt', 'numpy\n');
    await bench.nb('create x --requirements r.txt');
    await bench.nb('stop x');
    const { code, stdout, stderr } = await bench.nb('start x --json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ready', packages: null });
    expect([code, stderr]).toEqual([0, '']);
  });

  test('packages add ten minutes to timeouts.create, but not to --timeout', async () => {
    bench.configure((toml) => `${toml}\n[timeouts]\ncreate = "5s"\n`);
    write('r.txt', 'numpy\n');
    const [sanitize, usual, bounded] = [
      await bench.nb('create a'),
      await bench.nb('create b --requirements r.txt'),
      await bench.nb('create c --requirements r.txt --timeout 8s --json'),
    ].map(({ code, stdout }) => ({ code, stdout }));
    expect([sanitize?.code, usual?.code, bounded?.code]).toEqual([8, 0, 8]);
    expect(JSON.parse(bounded?.stdout ?? '')).toMatchObject({ packages: 'installing' });
  });

  test.each([
    ['numpy\n-r more.txt\n', 'error: r.txt, line 2: pip'],
    ['', 'error: r.txt contains no packages.'],
  ])(
    'create --requirements refuses %j with file and line before the first request',
    async (text, message) => {
      write('r.txt', text);
      const before = bench.sandbox.cloud.requests.length;
      const { code, stderr } = await bench.nb('create x --requirements r.txt');
      expect(stderr).toContain(message);
      expect(stderr).toContain('hint: one package per line, such as numpy');
      expect(code).toBe(2);
      expect(bench.sandbox.cloud.requests).toHaveLength(before);
    },
  );

  test('create --requirements of a missing file exits 2', async () => {
    const { code, stderr } = await bench.nb('create x --requirements no.txt');
    expect(stderr).toContain('error: no.txt cannot be read: there is no such file.');
    expect(code).toBe(2);
  });

  test.runIf(hasSsh)('logs --source packages shows the output of pip', async () => {
    const environment = ownKey(bench);
    write('r.txt', 'numpy\n');
    await bench.nb('create x --requirements r.txt', { environment });
    const { code, stdout } = await bench.nb('logs x --source packages', { environment });
    expect(stdout).toContain('installs nothing. A real one would install with pip:\n  numpy\n');
    expect(code).toBe(0);
    await bench.nb('create y', { environment });
    expect((await bench.nb('logs y --source packages', { environment })).code).toBe(3);
  });
});

describe('notebook.package_index', () => {
  test('notebook.package_index is the index that pip uses', async () => {
    bench.configure((toml) =>
      toml.replace('[notebook]', '[notebook]\npackage_index = "https://pypi.example.org/simple"'),
    );
    write('r.txt', 'numpy\n');
    await bench.nb('create x --requirements r.txt --no-wait');
    expect(given('/etc/nubes/packages.sh')).toContain(
      '--index-url https://pypi.example.org/simple ',
    );
  });

  test.each([
    'http://pypi.example.org/simple',
    'https://me:secret@pypi.example.org/simple',
    "https://pypi.example.org/'; reboot '",
    'https://pypi.example.org/$(reboot)',
  ])('notebook.package_index refuses %s', async (url) => {
    const { code, stderr } = await bench.nb(['config', 'set', 'notebook.package_index', url]);
    expect(stderr).toContain('https:// URL of a package index without a password');
    expect(code).toBe(2);
  });
});

describe('a batch', () => {
  test('a batch takes requirements by flag and by line; files are relative to the list', async () => {
    mkdirSync(join(bench.home, 'course'));
    write('all.txt', 'numpy\n');
    write('course/own.txt', 'scipy\n');
    write(
      'course/names',
      '{"name": "a"}\n{"name": "b", "requirements": "own.txt"}\n{"name": "c", "requirements": ["lpd==1"]}\n{"name": "d", "requirements": []}\n',
    );
    const seen = await bench.nb('create --from course/names --requirements all.txt -o ndjson');
    expect(seen.code, seen.stderr).toBe(0);
    expect(itemsIn(seen).map(({ name, packages }) => [name, packages])).toEqual(
      expect.arrayContaining([
        ['a', 'installed'],
        ['d', null],
      ]),
    );
    expect(['a', 'b', 'c', 'd'].map(list)).toEqual(['numpy\n', 'scipy\n', 'lpd==1\n', undefined]);
  });

  test('a manifest sets requirements by default and per notebook; the plan counts them', async () => {
    write('r.txt', 'numpy\nscipy\n');
    write(
      'class.yaml',
      `defaults: {requirements: r.txt}
notebooks:
  - names: train-{01..02}
  - name: teacher
    requirements: [lpd-tools]
  - name: bare
    requirements: []
`,
    );
    const { stdout } = await bench.nb('apply -f class.yaml --dry-run');
    expect(stdout.match(/\d packages?/g)).toEqual(['2 packages', '2 packages', '1 package']);
    expect((await bench.nb('apply -f class.yaml --no-wait')).code).toBe(0);
    expect(['train-01', 'train-02', 'teacher', 'bare'].map(list)).toEqual([
      'numpy\nscipy\n',
      'numpy\nscipy\n',
      'lpd-tools\n',
      undefined,
    ]);
  });

  test('requirements of a manifest on stdin are relative to the working folder', async () => {
    write('r.txt', 'numpy\n');
    const stdin = JSON.stringify({ notebooks: [{ name: 'x', requirements: 'r.txt' }] });
    expect((await bench.nb('apply -f - --no-wait', { stdin })).code).toBe(0);
    expect(list()).toBe('numpy\n');
  });

  test.each([
    ['[numpy, "-e ."]', 'class.yaml, line 3: pip options are not supported'],
    ['\n      - numpy\n      - ../x', 'class.yaml, line 5: paths are not supported'],
    ['3', 'class.yaml, line 3: requirements must be a string'],
    ['[1]', 'class.yaml, line 3: each of requirements must be a string'],
    [
      'numpy',
      'class.yaml, line 3: cannot use the requirements file: numpy cannot be read: there is no such file.',
    ],
    ['bad.txt', 'class.yaml, line 3: cannot use the requirements file: bad.txt, line 2: URLs'],
  ])(
    'a manifest with %s is refused with file and line, and creates nothing',
    async (value, message) => {
      write('bad.txt', 'numpy\nhttps://example.org/x\n');
      write('class.yaml', `notebooks:\n  - name: x\n    requirements: ${value}\n`);
      const before = bench.sandbox.cloud.requests.length;
      const { code, stderr } = await bench.nb('apply -f class.yaml');
      expect(stderr).toContain(`error: ${message}`);
      expect(code).toBe(2);
      expect(bench.sandbox.cloud.requests).toHaveLength(before);
    },
  );

  test.each([
    ['an absolute path', (home: string) => `${home}/mine.txt`],
    ['a path from the home', () => '~/mine.txt'],
    ['a path upwards', () => '../mine.txt'],
    ['a detour upwards', () => 'lists/../../mine.txt'],
    ['a link that leads out', () => 'link.txt'],
    ['a folder that is a link', () => 'up/mine.txt'],
    ['a folder', () => 'lists'],
  ])('takes no file from outside of its folder: %s', async (_what, path) => {
    write('mine.txt', 'my-private-package\n');
    mkdirSync(join(bench.home, 'course/lists'), { recursive: true });
    symlinkSync('../mine.txt', join(bench.home, 'course/link.txt'));
    symlinkSync('..', join(bench.home, 'course/up'));
    const entry = { name: 'x', requirements: path(bench.home) };
    write('course/class.yaml', JSON.stringify({ notebooks: [entry] }));
    write('course/names', JSON.stringify(entry));
    for (const words of ['apply -f course/class.yaml', 'create --from course/names']) {
      const { code, stderr } = await bench.nb(`${words} --no-wait`);
      expect(stderr).toContain('line 1: cannot use the requirements file: ');
      expect(stderr).toMatch(/is not in the folder|is not a regular file/);
      expect(stderr).not.toContain('my-private-package');
      expect(code).toBe(2);
    }
    expect(liveServers(bench)).toEqual([]);
  });

  test('a requirements file may be in a subfolder, or a link that stays in the folder', async () => {
    mkdirSync(join(bench.home, 'course/lists'), { recursive: true });
    write('course/lists/own.txt', 'scipy\n');
    symlinkSync('lists/own.txt', join(bench.home, 'course/link.txt'));
    write('course/class.yaml', 'notebooks: [{name: x, requirements: ./link.txt}]');
    expect((await bench.nb('apply -f course/class.yaml --no-wait')).code).toBe(0);
    expect(list()).toBe('scipy\n');
  });
});
