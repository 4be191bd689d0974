import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withSshConfig } from '../../support/hostile-ssh-config.ts';
import { hasSsh, ownKey } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const environment = ownKey(bench);

test('ssh-config prints a host for every notebook with an address', async () => {
  await bench.nb('create x', { environment });
  await bench.nb('create y --no-wait', { environment });
  const { stdout } = await bench.nb('ssh-config');
  expect(stdout.match(/^Host .*/gm)).toEqual(['Host nubes-nb-x']);
});

test('the hosts of notebooks are kept up to date by the commands that see their addresses', async () => {
  const names = () =>
    readFileSync(join(bench.home, '.config/nubes-nb/ssh_config'), 'utf8').match(/(?<=^Host ).*/gm);
  await bench.nb('create x', { environment });
  await bench.nb('create y', { environment });
  expect(names()).toEqual(['nubes-nb-x', 'nubes-nb-y']);
  await bench.nb('delete x --yes');
  expect(names()).toEqual(['nubes-nb-y']);
  rmSync(join(bench.home, '.config/nubes-nb/ssh_config'));
  const [{ tunnel }] = JSON.parse((await bench.nb('ls --json')).stdout);
  expect(tunnel.short).toBe('ssh -F ~/.config/nubes-nb/ssh_tunnel -N nubes-nb-y');
  expect(names()).toEqual(['nubes-nb-y']);
});

test('a tunnel has its long line only, if the hosts cannot be written', async () => {
  await bench.nb('create y --no-wait', { environment });
  bench.pass(60_000);
  const folder = join(bench.home, 'file');
  writeFileSync(folder, '');
  const elsewhere = { XDG_CONFIG_HOME: folder, NUBES_NB_CONFIG: bench.configFile };
  const { stdout } = await bench.nb('show y --json', { environment: elsewhere });
  expect(JSON.parse(stdout).tunnel).toMatchObject({
    short: null,
    command: expect.stringMatching(/^ssh -N /),
  });
  expect((await bench.nb('show y', { environment: elsewhere })).stdout).toMatch(
    /^Tunnel +ssh -N -L /m,
  );
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

test.runIf(hasSsh)('the configuration file in a message is the one that ssh reads', async () => {
  const sshHome = join(bench.home, 'account');
  const { stderr } = await bench.nb('ssh-config --write', { sshHome });
  expect(stderr).toContain(`top of ${sshHome}/.ssh/config, once`);
  expect((await bench.nb('ssh-config --write')).stderr).toContain('top of ~/.ssh/config, once');
  await bench.nb('create x', { environment });
  const { PATH } = withSshConfig(bench, 'Host *\n  BindAddress 192.0.2.1\n');
  const call = { environment: { ...environment, PATH: PATH ?? '' }, sshHome };
  const { stderr: hint } = await bench.nb('exec x -- true', call);
  expect(hint).toContain(`from ${sshHome}/.ssh/config\n`);
});

test('ssh-config ignores a name with line breaks in the metadata', async () => {
  addNotebook(bench, 'x\n  ProxyCommand evil');
  const { stdout } = await bench.nb('ssh-config');
  expect(stdout).not.toContain('evil');
});
