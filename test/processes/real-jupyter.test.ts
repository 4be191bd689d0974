import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { directAccess } from '../support/https.ts';
import { fakeJupyterLab as lab } from '../support/jupyter-lab.ts';
import { hasSsh, listeningStdout, ownKey } from '../support/ssh.ts';
import { workbench } from '../support/workbench.ts';

const home = mkdtempSync(join(tmpdir(), 'nubes-nb-home-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

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

/** A folder with this program as its jupyter-lab, for a PATH. */
function withJupyterLab(program: string): string {
  const bin = mkdtempSync(join(home, 'bin-'));
  writeFileSync(join(bin, 'jupyter-lab'), program, { mode: 0o755 });
  return bin;
}

/** The page of a notebook of a sandbox that searches this PATH for a real Jupyter. */
async function pageWith(programPath: string): Promise<string> {
  const bench = await workbench({ ldap: false, programPath });
  onTestFinished(bench.close);
  await bench.login();
  const environment = ownKey(bench);
  const { code, stderr } = await bench.nb('create x', { environment });
  expect(code, stderr).toBe(0);
  const { stdout, first } = listeningStdout();
  const interruption = new AbortController();
  const ended = bench.nb('tunnel x', { environment, stdout, interruption });
  await first;
  const url = (await bench.nb('url x -q', { environment })).stdout.trim();
  const page = await (await fetch(url)).text();
  interruption.abort('SIGINT');
  await ended;
  return page;
}

const standIn = 'This is where JupyterLab would be';

describe.runIf(hasSsh)('a notebook of the sandbox', () => {
  test('a notebook runs a real Jupyter from the PATH, with its folder on the disk of the VM', async () => {
    expect(await pageWith(withJupyterLab(lab))).toMatch(
      /^the real one in \/.*nubes-nb-vm-\w+\/home\/alice\/notebooks$/,
    );
  });

  test('a notebook runs the stand-in without a real Jupyter', async () => {
    expect(await pageWith(home)).toContain(standIn);
  });

  test('a notebook runs the stand-in if the real Jupyter cannot start', async () => {
    expect(await pageWith(withJupyterLab('#!/bin/sh\nexit 1\n'))).toContain(standIn);
  });

  test('a direct notebook runs a real Jupyter over https, which listens on loopback only', async () => {
    const bench = await workbench({ ldap: false, programPath: withJupyterLab(httpsLab) });
    onTestFinished(bench.close);
    await bench.login();
    const environment = { ...ownKey(bench), ...directAccess };
    expect((await bench.nb('create x', { environment })).stderr).not.toContain('error');
    const { stdout } = await bench.nb('url x -q', { environment });
    expect(await pageAt(stdout.trim())).toMatch(
      /^the real one at 127\.0\.0\.1 in \/.*\/home\/alice\/notebooks$/,
    );
  });
});

/** The body of a page over https, without verification of its certificate. */
async function pageAt(url: string): Promise<string> {
  const outgoing = get(url, { rejectUnauthorized: false, agent: false });
  const [response] = await once(outgoing, 'response');
  return text(response);
}
