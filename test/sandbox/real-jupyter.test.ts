import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { hasSsh } from '../support/ssh.ts';

let program: string;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'nubes-nb-home-'));
  program = await builtProgram();
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A fake jupyter-lab, which takes its port and folder from its configuration. */
const lab = `#!${process.execPath}
const file = process.argv.find((word) => word.startsWith('--config=')).slice(9);
const config = require('node:fs').readFileSync(file, 'utf8');
const port = Number([...config.matchAll(/ServerApp\\.port = (\\d+)/g)].at(-1)[1]);
const root = /root_dir = "(.*)"/.exec(config)[1];
require('node:http').createServer((request, response) => response.end(
  request.url === '/api' ? '{"version": "2.15.0"}' : 'the real one in ' + root,
)).listen(port, '127.0.0.1');
`;

/** The same over https, with the certificate from its configuration. */
const httpsLab = lab
  .replace(
    "require('node:http').createServer((",
    `const pem = require('node:fs').readFileSync(/certfile = "(.*)"/.exec(config)[1]);
const [ip] = [...config.matchAll(/ServerApp\\.ip = ["'](.*)["']/g)].at(-1).slice(1);
require('node:https').createServer({ cert: pem, key: pem }, (`,
  )
  .replace("listen(port, '127.0.0.1')", 'listen(port, ip)')
  .replace("'the real one in ' + root", "'the real one at ' + ip + ' in ' + root");

/** Creates a notebook in the sandbox and fetches its page through a tunnel. */
async function fetchPage(
  jupyterLab: string | undefined,
  flags: readonly string[] = [],
  variables = '',
) {
  const bin = mkdtempSync(join(home, 'bin-'));
  if (jupyterLab !== undefined) {
    writeFileSync(join(bin, 'jupyter-lab'), jupyterLab, { mode: 0o755 });
  }
  const fetchScript = `fetch(process.argv[1]).then((r) => r.text()).then(console.log)`;
  const script = `set -e
${variables}
nubes-nb create x -q >/dev/null
nubes-nb tunnel x --background -q >/dev/null
'${process.execPath}' -e '${fetchScript}' "$(nubes-nb url x -q)"
nubes-nb tunnel x --stop -q >/dev/null`;
  const { stdout, stderr } = await execa(
    process.execPath,
    [program, 'sandbox', 'run', ...flags, '--', 'sh', '-c', script],
    {
      env: { PATH: `${bin}:/usr/bin:/bin`, HOME: home },
      extendEnv: false,
      reject: false,
    },
  );
  return { stdout, stderr };
}

describe.runIf(hasSsh)('a notebook of the sandbox', () => {
  test('a notebook runs a real Jupyter from the PATH, with its folder on the disk of the VM', async () => {
    const { stdout } = await fetchPage(lab);
    expect(stdout).toMatch(/^the real one in \/.*nubes-nb-vm-\w+\/home\/alice\/notebooks$/);
  }, 30_000);

  test('a direct notebook runs a real Jupyter over https, which listens on loopback only', async () => {
    const variables = [
      'NUBES_NB_NOTEBOOK_ACCESS=direct',
      'NUBES_NB_NOTEBOOK_ALLOWED_CIDR=127.0.0.0/8',
      'NODE_TLS_REJECT_UNAUTHORIZED=0',
    ];
    const { stdout, stderr } = await fetchPage(httpsLab, [], `export ${variables.join(' ')}`);
    expect(stdout).toMatch(/^the real one at 127\.0\.0\.1 in \/.*\/home\/alice\/notebooks$/);
    expect(stderr).not.toContain('error');
  }, 30_000);

  test('a notebook runs the stand-in without a real Jupyter, with --stand-in, and if the real one cannot start', async () => {
    const pages = await Promise.all([
      fetchPage(undefined),
      fetchPage(lab, ['--stand-in']),
      fetchPage('#!/bin/sh\nexit 1\n'),
    ]);
    for (const { stdout } of pages) expect(stdout).toContain('This is where JupyterLab would be');
  }, 60_000);
});
