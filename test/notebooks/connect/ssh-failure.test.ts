import { expect, test } from 'vitest';
import { words } from '../../../src/notebooks/connect/ssh-failure.ts';
import type { SshReason } from '../../../src/ssh/failure.ts';

const config = '~/.ssh/config line 2: Bad port.';

test.each<[SshReason, string | undefined, string, string]>([
  [
    'configuration',
    config,
    `ssh cannot use its configuration: ${config}`,
    'ssh -G vm checks ~/.ssh/config',
  ],
  [
    'configuration',
    'command-line: line 0: Bad configuration option: sessiontype',
    'The ssh of this computer does not know an option that is needed: command-line: line 0: Bad configuration option: sessiontype.',
    'install a newer OpenSSH, 7.6 or later',
  ],
  [
    'no account',
    '12345',
    'ssh does not run for a user without an account, and this system has none for the user ID 12345.',
    'add a line for it to /etc/passwd, or run nubes-nb as a user that has an account',
  ],
  [
    'configuration',
    'Bad owner or permissions on /home/a/my config',
    'ssh cannot use its configuration: Bad owner or permissions on /home/a/my config.',
    "chmod go-w '/home/a/my config', if the file is yours",
  ],
  [
    'configuration',
    'unknown key %Q',
    'ssh cannot use its configuration: unknown key %Q.',
    'grep -rnF %Q ~/.ssh/config /etc/ssh/ssh_config finds the line',
  ],
  [
    'configuration',
    `env var \${NONE} has no value`,
    `ssh cannot use its configuration: env var \${NONE} has no value.`,
    `grep -rnF '\${NONE}' ~/.ssh/config /etc/ssh/ssh_config finds the line`,
  ],
  [
    'revoked keys file',
    '/krl: Is a directory',
    'ssh cannot read the file of RevokedHostKeys in its configuration, and then accepts no host key: /krl: Is a directory.',
    'create the file, or remove RevokedHostKeys for vm from ~/.ssh/config',
  ],
  [
    'revoked host key',
    '/krl',
    'The file of RevokedHostKeys in your ssh configuration, /krl, revokes the host key of x; nothing was sent.',
    'ask the person who maintains that file',
  ],
  [
    'bind address',
    'why',
    'ssh cannot use the BindAddress or BindInterface of its configuration: why.',
    'connect to the VPN that has the address, or remove the option for vm from ~/.ssh/config',
  ],
  [
    'pkcs11 provider',
    'why',
    'ssh cannot use the PKCS11Provider of its configuration, and sshd of x accepts no other key: why.',
    'install the library, or remove PKCS11Provider for vm from ~/.ssh/config',
  ],
  [
    'key permissions',
    '/home/a/my key',
    'ssh ignores the private key /home/a/my key, because other users can read it.',
    "chmod 600 '/home/a/my key'",
  ],
  [
    'key unreadable',
    '/home/a/my key',
    'ssh cannot read the private key /home/a/my key, and sshd of x accepts no other key.',
    "ssh-keygen -y -f '/home/a/my key' checks it; or set notebook.key_file to the key that x was created with",
  ],
  [
    'key missing',
    'k',
    'There is no private key k, and sshd of x accepts no other key.',
    'set notebook.key_file to the key that x was created with',
  ],
  [
    'agent',
    'agent refused operation',
    'Your SSH agent does not sign with the key for x: agent refused operation.',
    'confirm the request of the agent, touch the security key, or ssh-add the key again',
  ],
  [
    'too many keys',
    'why',
    'ssh offered so many keys that sshd of x ended the connection: why.',
    'set notebook.key_file to the key that x was created with',
  ],
  [
    'no host key of the type',
    'why',
    'The algorithms of your ssh configuration exclude the host key that the VM of x printed on its console: why.',
    'remove HostKeyAlgorithms for vm from ~/.ssh/config',
  ],
  [
    'algorithms',
    'why',
    'ssh and sshd of x have no common algorithm: why.',
    'check Ciphers, MACs, KexAlgorithms and HostKeyAlgorithms in ~/.ssh/config',
  ],
  [
    'proxy',
    undefined,
    'The connection to x through the ProxyJump or ProxyCommand of your ssh configuration failed: it gives no reason.',
    'ssh -v vm shows each step; nubes-nb logs x shows whether the VM runs',
  ],
  [
    'beyond proxy',
    'why',
    'The jump host of your ssh configuration cannot connect to the VM of x at vm:22: why.',
    'nubes-nb logs x shows whether the VM runs; its security groups must admit the jump host',
  ],
  ['lost', 'why', 'The connection to x was lost: why.', 'nubes-nb show x --probe'],
  ['forward', 'why', 'ssh to x failed: why.', 'nubes-nb show x --probe'],
  ['port', undefined, 'ssh to x failed: it gives no reason.', 'nubes-nb show x --probe'],
])('the error and hint for an ssh that ended for %s (%s)', (reason, detail, message, hint) => {
  const endpoint = { name: 'x', target: { host: 'vm', port: 22 } };
  expect(words(endpoint, { reason, detail })).toEqual({ message, hint });
});
