import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { configFilesIn, mayNameProxy, mentionsProxy } from '../../src/ssh/config-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['', false],
  ['Host *\n  User alice\n', false],
  ['Include conf.d/*\nHost *\n  User alice\n', false],
  ['Host gate\n  IdentityFile ~/.ssh/include\n', false],
  ['HostKeyAlgorithms ssh-ed25519\nInclude conf.d/*\n', false],
  ['Host 127.*\n  ProxyJump gate\n', true],
  ['Host 127.*\r\n\tproxycommand=nc %h %p\r\n', true],
  ['"ProxyJump" gate\n', true],
  ['# ProxyJump gate\n', false],
  ['Host *\n#   ProxyCommand ssh -q -W %h:%p gateway.example.com\n    SendEnv LANG\n', false],
  ['# gate\nProxyJump gate\n', true],
  ['Host 127.*\n  Include proxies\n', true],
  ['Host=127.*\nInclude=proxies\n', true],
  ['match host 127.*\n\t"include" proxies\n', true],
])('an ssh configuration %j may name a proxy: %s', (text, expected) => {
  expect(mentionsProxy(text)).toBe(expected);
});

test('the configuration files that ssh has read are those of its debug output', () => {
  const stderr = [
    'OpenSSH_9.2p1 Debian-2+deb12u6, OpenSSL 3.0.19 27 Jan 2026',
    'debug1: Reading configuration data /home/alice/.ssh/config',
    'debug1: Reading configuration data /etc/ssh/ssh_config',
    'debug1: /etc/ssh/ssh_config line 19: include /etc/ssh/ssh_config.d/*.conf matched no files',
    'debug1: Reading configuration data /home/alice/.ssh/config',
  ];
  expect(configFilesIn(stderr)).toEqual(['/home/alice/.ssh/config', '/etc/ssh/ssh_config']);
});

test('ssh is asked for each VM if its configuration files are unknown or unreadable', () => {
  writeFileSync(join(folder, 'config'), 'Host *\n');
  expect(mayNameProxy(['config'], folder)).toBe(false);
  expect(mayNameProxy(['config', 'missing'], folder)).toBe(true);
  expect(mayNameProxy(['config', folder], folder)).toBe(true);
  expect(mayNameProxy([], folder)).toBe(true);
});
