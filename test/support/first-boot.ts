import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConsoleLog } from '../../src/notebooks/console/log.ts';
import type { FirstBoot } from '../../src/notebooks/first-boot/options.ts';

/** A notebook's first boot, without packages of its own. */
export const boot: FirstBoot = {
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
};

export const packages = { lines: ['tiny==1.0'], index: undefined };

/** Makes a folder the disk of a VM that has not booted yet. */
export function emptyVm(vm: string): void {
  rmSync(join(vm, 'home'), { recursive: true, force: true });
  mkdirSync(join(vm, 'home/alice'), { recursive: true });
  for (const file of ['console', 'nubes-packages']) rmSync(join(vm, file), { force: true });
}

const programs = {
  id: `echo "\${ID:-0}"`,
  runuser: 'shift 3\nID=1000 exec "$@"',
  sleep: 'exit 0',
};

/** Runs the script with stand-ins for what needs root. */
export async function firstBootIn(
  vm: string,
  script: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; word: ReturnType<typeof parseConsoleLog>['packages'] }> {
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
    word: parseConsoleLog(readFileSync(join(vm, 'console'), 'utf8'), boot.nonce).packages,
  };
}
