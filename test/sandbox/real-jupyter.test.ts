import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildIn } from '../support/build.ts';
import { hasSsh } from '../support/ssh.ts';

let built: string;
let bin: string;
beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'nubes-nb-built-'));
  bin = mkdtempSync(join(tmpdir(), 'nubes-nb-path-'));
  await buildIn(built);
}, 60_000);
afterAll(() => {
  for (const folder of [built, bin]) rmSync(folder, { recursive: true, force: true });
});

/** A program in the place of jupyter-lab, which reads of its configuration what it needs. */
const lab = `#!${process.execPath}
const file = process.argv.find((word) => word.startsWith('--config=')).slice(9);
const config = require('node:fs').readFileSync(file, 'utf8');
const port = Number([...config.matchAll(/ServerApp\\.port = (\\d+)/g)].at(-1)[1]);
const root = /root_dir = "(.*)"/.exec(config)[1];
require('node:http').createServer((request, response) => response.end(
  request.url === '/api' ? '{"version": "2.15.0"}' : 'the real one in ' + root,
)).listen(port, '127.0.0.1');
`;

/** The same by https, with the certificate that its configuration names. */
const safeLab = lab
  .replace(
    "require('node:http').createServer((",
    `const pem = require('node:fs').readFileSync(/certfile = "(.*)"/.exec(config)[1]);
const [ip] = [...config.matchAll(/ServerApp\\.ip = ["'](.*)["']/g)].at(-1).slice(1);
require('node:https').createServer({ cert: pem, key: pem }, (`,
  )
  .replace("listen(port, '127.0.0.1')", 'listen(port, ip)')
  .replace("'the real one in ' + root", "'the real one at ' + ip + ' in ' + root");

/** Creates a notebook in the sandbox and fetches its page through a tunnel. */
async function page(program: string | undefined, flags: readonly string[] = [], variables = '') {
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin);
  if (program !== undefined) writeFileSync(join(bin, 'jupyter-lab'), program);
  if (program !== undefined) chmodSync(join(bin, 'jupyter-lab'), 0o755);
  const fetching = `fetch(process.argv[1]).then((r) => r.text()).then(console.log)`;
  const script = `set -e
${variables}
nubes-nb create x -q >/dev/null
nubes-nb tunnel x --background -q >/dev/null
'${process.execPath}' -e '${fetching}' "$(nubes-nb url x -q)"
nubes-nb tunnel x --stop -q >/dev/null`;
  const { stdout, stderr } = await execa(
    process.execPath,
    [join(built, 'bin/nubes-nb.js'), 'sandbox', 'run', ...flags, '--', 'sh', '-c', script],
    {
      env: { PATH: `${bin}:/usr/bin:/bin`, HOME: built },
      extendEnv: false,
      reject: false,
    },
  );
  return { stdout, stderr };
}

describe.runIf(hasSsh)('a notebook of the sandbox', () => {
  test('is a real Jupyter where one is on the PATH, with its folder on the machine’s disk', async () => {
    const { stdout } = await page(lab);
    expect(stdout).toMatch(/^the real one in \/.*nubes-nb-vm-\w+\/home\/alice\/notebooks$/);
  }, 30_000);

  test('that is direct is a real one too, by https, and listens to the sandbox only', async () => {
    const variables = [
      'NUBES_NB_NOTEBOOK_ACCESS=direct',
      'NUBES_NB_NOTEBOOK_ALLOWED_CIDR=127.0.0.0/8',
      'NODE_TLS_REJECT_UNAUTHORIZED=0',
    ];
    const { stdout, stderr } = await page(safeLab, [], `export ${variables.join(' ')}`);
    expect(stdout).toMatch(/^the real one at 127\.0\.0\.1 in \/.*\/home\/alice\/notebooks$/);
    expect(stderr).not.toContain('error');
  }, 30_000);

  test('is a stand-in where there is none, where it is asked for, and where the real one cannot start', async () => {
    expect((await page(undefined)).stdout).toContain('This is where JupyterLab would be');
    expect((await page(lab, ['--stand-in'])).stdout).toContain('This is where JupyterLab would be');
    expect((await page('#!/bin/sh\nexit 1\n')).stdout).toContain(
      'This is where JupyterLab would be',
    );
  }, 60_000);
});
