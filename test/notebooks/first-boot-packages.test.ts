import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConsole } from '../../src/notebooks/console.ts';
import { cloudConfig, type FirstBoot } from '../../src/notebooks/first-boot/first-boot.ts';
import { jupyterUnit } from '../../src/notebooks/first-boot/jupyter.ts';
import { packagesScript, packagesUnit } from '../../src/notebooks/first-boot/packages.ts';

const packages = { lines: ['tiny==1.0'], index: undefined };
const boot: FirstBoot = {
  user: 'alice',
  ownAccount: true,
  userKeys: ['ssh-ed25519 AAAA alice@laptop'],
  adminKeys: [],
  tokenDigest: 'ab'.repeat(32),
  nonce: 'd9b2d63d-a233-4123-847a-7c0f3a6f2d10',
  port: 8888,
  folder: 'notebooks',
  command: 'jupyter-lab',
  idleSeconds: undefined,
  direct: false,
  hostTemplate: undefined,
  packages,
};

/** A VM's files in a folder, with stand-ins for what only root may do. */
let vm: string;
beforeAll(() => {
  vm = mkdtempSync(join(tmpdir(), 'nubes-packages-'));
});
afterAll(() => rmSync(vm, { recursive: true }));
beforeEach(() => {
  rmSync(join(vm, 'home'), { recursive: true, force: true });
  mkdirSync(join(vm, 'home/alice'), { recursive: true });
  for (const file of ['console', 'nubes-packages']) rmSync(join(vm, file), { force: true });
});

const programs = {
  id: `echo "\${ID:-0}"`,
  runuser: 'shift 3\nID=1000 exec "$@"',
  sleep: 'exit 0',
};

/** Runs the script as root would; how it ends, and what stands on the console then. */
async function firstBoot(
  script: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; word: ReturnType<typeof readConsole>['packages'] }> {
  const bin = join(vm, 'bin');
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin);
  for (const [name, text] of Object.entries({ ...programs, ...more })) {
    const lines = text.startsWith('#!') ? text : `#!/bin/sh\n${text}`;
    writeFileSync(join(bin, name), `${lines}\n`, { mode: 0o755 });
  }
  const file = join(vm, 'packages.sh');
  const moved = [
    ['/home/', `${vm}/home/`],
    ['/etc/nubes/', `${vm}/`],
    ['/var/lib/cloud/instance/', `${vm}/`],
    ['/dev/console', `${vm}/console`],
  ].reduce((text, [from = '', to = '']) => text.replaceAll(from, to), script);
  writeFileSync(file, moved);
  const env = { PATH: `${bin}:/usr/bin:/bin`, PIP_CONFIG_FILE: '/dev/null', no_proxy: '*' };
  const child = spawn('sh', [file], { env, stdio: 'ignore' });
  const [status] = await once(child, 'close');
  return {
    status,
    word: readConsole(readFileSync(join(vm, 'console'), 'utf8'), boot.nonce).packages,
  };
}

test('packages come before Jupyter, which starts whatever becomes of them', () => {
  const unit = jupyterUnit(boot);
  expect(unit).toContain('After=network-online.target nubes-packages.service\n');
  expect(unit).toContain('Wants=network-online.target nubes-packages.service\n');
  expect(unit).not.toContain('Requires=');
  expect(unit).toContain('Environment=JUPYTER_PATH=/home/alice/.nubes-nb/venv/share/jupyter\n');
  expect(packagesUnit()).toContain('ConditionPathExists=!/var/lib/cloud/instance/nubes-packages\n');
  const paths = (cloudConfig(boot)['write_files'] as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['/etc/nubes/requirements.txt', '/etc/nubes/packages.sh']),
  );
});

test('without packages nothing is written about them', () => {
  const config = JSON.stringify(cloudConfig({ ...boot, packages: undefined }));
  expect(config).not.toMatch(/packages|requirements|JUPYTER_PATH/);
});

test('a command and an index are single words to the shell, whatever is in them', () => {
  const script = packagesScript(
    { ...boot, command: "/opt/it's/jupyter-lab --x" },
    { ...packages, index: 'https://pypi.example.org/simple' },
  );
  expect(script).toContain(`command -v '/opt/it'\\''s/jupyter-lab'`);
  expect(script).toContain("--index-url 'https://pypi.example.org/simple' ");
});

describe('the script', () => {
  const script = packagesScript(boot, packages);

  test('that takes too long says so, ends well, and is not run again', async () => {
    const { status, word } = await firstBoot(script, { timeout: '[ "$3" = 600 ] && exit 124' });
    expect(status).toBe(0);
    expect(word).toMatchObject({ state: 'failed', reason: 'it took longer than 10 minutes' });
    expect(existsSync(join(vm, 'nubes-packages'))).toBe(true);
  });

  test('without its account gives up after a while', async () => {
    rmSync(join(vm, 'home/alice'), { recursive: true });
    const runuser = 'echo "runuser: user alice does not exist" >&2; exit 1';
    const { status, word } = await firstBoot(script, { runuser });
    expect(status).toBe(0);
    expect(word?.reason).toBe('runuser: user alice does not exist');
  });

  test('tells a reason without control characters, and no more than a line of it', async () => {
    const runuser = `printf 'one\\nERROR \\033[31m${'x'.repeat(400)}\\n'; exit 1`;
    const { word } = await firstBoot(script, { runuser });
    expect(word?.reason).toMatch(/^ERROR \[31mx{150,180}$/);
  });

  test.each([
    ['another program', 'runuser'],
    ['pip', 'jupyter-lab'],
  ])('tells a reason as it stands, so that %s adds no line to the console', async (_what, by) => {
    // Each echo of dash takes half of the backslashes.
    const forged = [1, 2, 4].map((count) => `${'\\'.repeat(count)}nNUBES-NB PACKAGES`).join('');
    const words = `printf '%s\\n' 'ERROR: a${forged}\\033[31m'`;
    const python = [
      'case $2 in',
      'venv) mkdir -p "$4/bin" "$4/lib/python3/site-packages"; cp "$0" "$4/bin/python" ;;',
      `pip) ${words}; exit 1 ;;`,
      'esac',
    ].join('\n');
    const programs =
      by === 'runuser'
        ? { runuser: `${words}; exit 1` }
        : { 'jupyter-lab': `#!${vm}/bin/python-forging`, 'python-forging': python };
    await firstBoot(script, programs);
    const lines = readFileSync(join(vm, 'console'), 'utf8').split('\n');
    const marked = lines.filter((line) => line.startsWith('NUBES-NB '));
    expect(marked).toHaveLength(2);
    expect(marked[1]).toMatch(/WARN .*a\\nNUBES/);
    expect(lines.join('')).not.toContain('\u001b');
  });

  test('says so where the image’s Python makes no environments', async () => {
    const jupyter = `#!${vm}/bin/python-without-venv -E`;
    const { word } = await firstBoot(script, {
      'jupyter-lab': jupyter,
      'python-without-venv': 'exit 1',
    });
    expect(word?.reason).toBe(
      `${vm}/bin/python-without-venv makes no virtual environment in this image`,
    );
  });
});

/** Makes a wheel of one module. */
const wheelMaker = `
import sys, zipfile
folder, name, module = sys.argv[1:]
info = name + '-1.0.dist-info'
with zipfile.ZipFile(folder + '/' + name + '-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr(name + '.py', module)
    wheel.writestr(info + '/METADATA', 'Metadata-Version: 2.1\\nName: ' + name + '\\nVersion: 1.0\\n')
    wheel.writestr(info + '/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + '/RECORD', '')
`;
/** Writes a kernel's description as ipykernel does. */
const kernelMaker = `
import json, os, sys
_, _, _, prefix, _, name, _, display = sys.argv
folder = os.path.join(prefix, 'share/jupyter/kernels', name)
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, 'kernel.json'), 'w') as file:
    json.dump({'argv': [sys.executable, '-m', 'ipykernel_launcher'], 'display_name': display}, file)
`;
const canMakeEnvironments =
  spawnSync('/usr/bin/python3', ['-c', 'import venv, ensurepip']).status === 0;

describe.runIf(canMakeEnvironments)('pip', () => {
  test('installs from an index into an environment, whose kernel is Jupyter’s python3', async () => {
    const index = mkdtempSync(join(vm, 'index-'));
    for (const [name, module] of [
      ['tiny', 'answer = 42'],
      ['ipykernel', kernelMaker],
    ] as const) {
      mkdirSync(join(index, name));
      spawnSync('/usr/bin/python3', ['-c', wheelMaker, join(index, name), name, module]);
    }
    const server = createServer(({ url = '' }, response) => {
      const name = url.split('/')[2] ?? '';
      const wheel = join(index, name, `${name}-1.0-py3-none-any.whl`);
      if (!existsSync(wheel)) response.writeHead(404).end();
      else if (url.endsWith('.whl')) response.end(readFileSync(wheel));
      else
        response
          .setHeader('content-type', 'text/html')
          .end(`<a href="${name}-1.0-py3-none-any.whl">x</a>`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
    const script = packagesScript(boot, { ...packages, index: url });
    const lab = { 'jupyter-lab': '#!/usr/bin/python3' };
    writeFileSync(join(vm, 'requirements.txt'), 'tiny==1.0\n');

    expect(await firstBoot(script, lab)).toMatchObject({ status: 0, word: { state: 'installed' } });
    const environment = join(vm, 'home/alice/.nubes-nb/venv');
    const kernel = JSON.parse(
      readFileSync(join(environment, 'share/jupyter/kernels/python3/kernel.json'), 'utf8'),
    );
    expect(kernel.display_name).toBe('Python 3 (with packages)');
    const [python] = kernel.argv;
    const asked = spawnSync(python, ['-c', 'import tiny; print(tiny.answer)']);
    expect(asked.stdout.toString()).toBe('42\n');

    writeFileSync(join(vm, 'requirements.txt'), 'tiny\nno-such-package\n');
    rmSync(join(vm, 'console'));
    expect((await firstBoot(script, lab)).word).toMatchObject({
      state: 'failed',
      reason: 'No matching distribution found for no-such-package',
    });
    server.close();
    server.closeAllConnections();
    rmSync(join(vm, 'console'));
    expect((await firstBoot(script, lab)).word?.reason).toBe('the package index cannot be reached');
    expect(readFileSync(join(vm, 'home/alice/.nubes-nb/packages.log'), 'utf8')).toContain(
      'Connection refused',
    );
  }, 120_000);
});
