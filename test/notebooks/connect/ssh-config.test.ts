import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasSsh, ownKey } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const environment = ownKey(bench);

test('ssh-config prints a host for every notebook with an address and writes nothing', async () => {
  await bench.nb('create x', { environment });
  await bench.nb('create y --no-wait', { environment });
  const { stdout } = await bench.nb('ssh-config');
  expect(stdout.match(/^Host .*/gm)).toEqual(['Host nubes-nb-x']);
  expect(existsSync(join(bench.home, '.config/nubes-nb/ssh_config'))).toBe(false);
});

test("ssh-config --write writes a file that ssh can use, not the user's own", async () => {
  await bench.nb('create x', { environment });
  const { stdout, stderr } = await bench.nb('ssh-config --write', { environment });
  const file = join(bench.home, '.config/nubes-nb/ssh_config');
  expect(stdout).toBe(`Include ${file}\n`);
  expect(stderr).toContain(`Wrote 1 host to ${file}.`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(existsSync(join(bench.home, '.ssh/config'))).toBe(false);
  expect(readFileSync(file, 'utf8')).toContain('StrictHostKeyChecking yes');
  const tried = spawnSync('ssh', ['-F', file, '-o', 'ClearAllForwardings=yes', '-G', 'nubes-nb-x']);
  expect(hasSsh ? tried.status : 0).toBe(0);
});

test('ssh-config ignores a name with line breaks in the metadata', async () => {
  addNotebook(bench, 'x\n  ProxyCommand evil');
  const { stdout } = await bench.nb('ssh-config');
  expect(stdout).not.toContain('evil');
});
