import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { portableTunnel } from '../../src/ssh/portable-tunnel.ts';
import { fakeSsh } from '../support/ssh.ts';

const target = {
  serverId: '1234abcd-0000-4000-8000-000000000000',
  user: 'nubes-guest',
  host: '192.0.2.7',
  port: 22,
};
const ed25519 = { type: 'ssh-ed25519', key: 'AAAAC3NzaC1lZDI1NTE5AAAAIA==' };
const rsa = { type: 'ssh-rsa', key: 'AAAAB3NzaC1yc2E=' };
const ports = { localPort: 23_157, remotePort: 8888 };
const tunnel = portableTunnel(target, [rsa, ed25519], ports);

test('the POSIX line writes the short host key and forwards only to Jupyter, also in a home with a space', () => {
  const home = mkdtempSync(join(tmpdir(), 'a home '));
  const ssh = fakeSsh({ home }, '');
  const env = { ...ssh.environment, HOME: home };
  expect(spawnSync('sh', ['-c', tunnel.posix], { env }).status).toBe(0);
  expect(readFileSync(join(home, '.ssh/nubes-nb-1234abcd'), 'utf8')).toBe(
    `nubes-nb-${target.serverId} ssh-ed25519 ${ed25519.key}\n`,
  );
  const [args = []] = ssh.calls();
  expect(args.slice(0, 3)).toEqual(['-N', '-L', '127.0.0.1:23157:127.0.0.1:8888']);
  expect(args).toEqual(
    expect.arrayContaining([
      'nubes-guest@192.0.2.7',
      'StrictHostKeyChecking=yes',
      'ExitOnForwardFailure=yes',
      `HostKeyAlias=nubes-nb-${target.serverId}`,
      `UserKnownHostsFile="${home}/.ssh/nubes-nb-1234abcd"`,
    ]),
  );
});

test('the PowerShell line writes the same file, which ssh finds in the home', () => {
  expect(tunnel.powershell).toMatch(
    /^mkdir -Force ~\/\.ssh \| Out-Null; Set-Content -Encoding ascii ~\/\.ssh\/nubes-nb-1234abcd 'nubes-nb-1234abcd-\S+ ssh-ed25519 AAAA\S+'; ssh -N -L 127\.0\.0\.1:23157:127\.0\.0\.1:8888 /,
  );
  expect(tunnel.powershell).toContain("'UserKnownHostsFile=~/.ssh/nubes-nb-1234abcd'");
});

test('the PuTTY line has the fingerprint of every host key', () => {
  expect(tunnel.putty).toBe(
    `plink -ssh -N -P 22 -L 127.0.0.1:23157:127.0.0.1:8888 -hostkey ${tunnel.hostKeys[0]} -hostkey ${tunnel.hostKeys[1]} -i KEY.ppk nubes-guest@192.0.2.7`,
  );
  expect(tunnel.hostKeys).toHaveLength(2);
  for (const each of tunnel.hostKeys) expect(each).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});
