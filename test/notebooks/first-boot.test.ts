import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  cloudConfig,
  type FirstBoot,
  userData,
} from '../../src/notebooks/first-boot/first-boot.ts';
import { jupyterConfig, jupyterUnit } from '../../src/notebooks/first-boot/jupyter.ts';

const boot: FirstBoot = {
  user: 'alice',
  userKeys: ['ssh-ed25519 AAAA alice@laptop'],
  adminKeys: [],
  tokenDigest: 'ab'.repeat(32),
  nonce: 'd9b2d63d-a233-4123-847a-7c0f3a6f2d10',
  port: 8888,
  folder: 'notebooks',
  command: 'jupyter-lab',
  idleSeconds: undefined,
};

test('user data is base64 of #cloud-config and JSON', () => {
  const [first, ...rest] = Buffer.from(userData(boot), 'base64').toString().split('\n');
  expect(first).toBe('#cloud-config');
  expect(JSON.parse(rest.join('\n'))).toEqual(JSON.parse(JSON.stringify(cloudConfig(boot))));
});

test('user data above 16 KiB is gzipped', () => {
  const keys = Array.from({ length: 60 }, (_, index) => `ssh-rsa ${'A'.repeat(400)} admin${index}`);
  const bytes = Buffer.from(userData({ ...boot, adminKeys: keys }), 'base64');
  expect(gunzipSync(bytes).toString()).toContain('admin59');
});

test('user data beyond Nova’s limit is refused with the number', () => {
  const noise = () => Math.random().toString(36).slice(2);
  const keys = Array.from({ length: 9_000 }, () => `ssh-rsa ${noise()}${noise()}`);
  expect(() => userData({ ...boot, adminKeys: keys })).toThrow(/Nova takes 65535/);
});

test('without keys there is no empty list of them, which cloud-init refuses', () => {
  const { users } = cloudConfig({ ...boot, userKeys: [] });
  expect(users).toEqual([{ name: 'alice', shell: '/bin/bash', lock_passwd: true }]);
});

test('staff get an account of their own, with sudo', () => {
  const { users } = cloudConfig({ ...boot, adminKeys: ['ssh-ed25519 BBBB staff'] });
  expect(users).toContainEqual({
    name: 'nubes-admin',
    shell: '/bin/bash',
    lock_passwd: true,
    ssh_authorized_keys: ['ssh-ed25519 BBBB staff'],
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
  });
});

test('Jupyter listens on loopback, on one port, and knows only the digest', () => {
  const config = jupyterConfig(boot);
  expect(config).toContain('c.ServerApp.ip = "127.0.0.1"');
  expect(config).toContain('c.ServerApp.port_retries = 0');
  expect(config).toContain(`c.IdentityProvider.token = "${boot.tokenDigest}"`);
  expect(config).toContain('c.ServerApp.identity_provider_class = HashedTokenIdentityProvider');
});

test('an idle time culls kernels and terminals too, and powers off only at Jupyter’s own end', () => {
  const idle = { ...boot, idleSeconds: 3600 };
  expect(jupyterConfig(idle)).toContain('c.MappingKernelManager.cull_connected = True');
  expect(jupyterConfig(idle)).toContain('c.ServerApp.shutdown_no_activity_timeout = 3600');
  expect(jupyterUnit(idle)).toContain('ExecStopPost=+/bin/sh /etc/nubes/stopped.sh');
  expect(jupyterUnit(boot)).not.toContain('ExecStopPost');
});
