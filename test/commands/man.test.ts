import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const page = (name: string) => readFileSync(join('man', `${name}.1`), 'utf8');

test.each([
  ['man', 'nubes-nb'],
  ['man config set', 'nubes-nb-config-set'],
  ['man rm', 'nubes-nb-delete'],
])('%s prints the source of the page %s', async (words, name) => {
  expect(await bench.nb(words)).toEqual({ code: 0, stdout: page(name), stderr: '' });
});

test('man of what is no command exits 2, and no word leaves the folder of the pages', async () => {
  for (const word of ['nothing', '../package', 'x/../config']) {
    const { code, stdout, stderr } = await bench.nb(['man', word]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`error: There is no command '${word}'.\nhint: nubes-nb --help`);
  }
});

test('man --folder writes all pages, again as well', async () => {
  const folder = join(bench.home, 'share', 'man1');
  for (let run = 0; run < 2; run += 1) {
    const { code, stdout } = await bench.nb(['man', '--folder', folder]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${readdirSync('man').length} pages are in ${folder}.\n`,
    });
  }
  expect(readdirSync(folder)).toEqual(readdirSync('man'));
  expect(readFileSync(join(folder, 'nubes-nb-ls.1'), 'utf8')).toBe(page('nubes-nb-ls'));
});

test('man --folder of a file exits 11, and with a command 2', async () => {
  const { code, stderr } = await bench.nb(['man', '--folder', bench.configFile]);
  expect({ code, stderr }).toMatchObject({
    code: 11,
    stderr: expect.stringContaining(': a file has that name.'),
  });
  expect(await bench.nb(['man', 'ls', '--folder', 'x'])).toMatchObject({ code: 2 });
});

test("on a terminal the page goes to the system's man; without one, the hint is --help", async () => {
  const folder = join(bench.home, 'programs');
  const shown = join(bench.home, 'shown');
  mkdirSync(folder);
  writeFileSync(join(folder, 'man'), `#!/bin/sh\n{ echo "$@"; /bin/cat; } > '${shown}'\n`);
  chmodSync(join(folder, 'man'), 0o755);
  const options = { terminal: 80, environment: { PATH: folder } };
  expect(await bench.nb('man create', options)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(shown, 'utf8')).toBe(`-l -\n${page('nubes-nb-create')}`);
  const { code, stderr } = await bench.nb('man create', { ...options, environment: { PATH: '' } });
  expect(code).toBe(11);
  expect(stderr).toContain('hint: nubes-nb create --help\n');
});
