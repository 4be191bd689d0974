import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packagesScript } from '../../src/notebooks/first-boot/packages.ts';
import { boot, emptyVm, firstBootIn, packages } from '../support/first-boot.ts';

let vm: string;
beforeAll(() => {
  vm = mkdtempSync(join(tmpdir(), 'nubes-packages-'));
  emptyVm(vm);
});
afterAll(() => rmSync(vm, { recursive: true }));

const firstBoot = (script: string, lab: Readonly<Record<string, string>>) =>
  firstBootIn(vm, script, lab);

/** Builds a wheel with one module. */
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
/** Writes a kernel spec as ipykernel does. */
const kernelMaker = `
import json, os, sys
_, _, _, prefix, _, name, _, display = sys.argv
folder = os.path.join(prefix, 'share/jupyter/kernels', name)
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, 'kernel.json'), 'w') as file:
    json.dump({'argv': [sys.executable, '-m', 'ipykernel_launcher'], 'display_name': display}, file)
`;
it('pip installs packages from an index into an environment whose kernel is python3', async () => {
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
});
