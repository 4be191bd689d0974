import { expect, test } from 'vitest';
import { type SshReason, sshEnd, sshStages } from '../../src/ssh/failure.ts';

/** What ssh of OpenSSH 9.2 printed, unless the line names another one. */
const cases: readonly (readonly [string, SshReason, string | undefined, string])[] = [
  [
    'an unknown option in the configuration',
    'configuration',
    '/home/alice/.ssh/config: line 2: Bad configuration option: nosuchoption',
    `/home/alice/.ssh/config: line 2: Bad configuration option: nosuchoption
/home/alice/.ssh/config: terminating, 1 bad configuration options`,
  ],
  [
    'a bad value in the configuration',
    'configuration',
    "/home/alice/.ssh/config line 2: Bad port 'abc'.",
    `/home/alice/.ssh/config line 2: Bad port 'abc'.
/home/alice/.ssh/config: terminating, 1 bad configuration options`,
  ],
  [
    'an option without a value',
    'configuration',
    'config line 2: no argument after keyword "proxyjump"',
    `config line 2: no argument after keyword "proxyjump"
config: terminating, 1 bad configuration options`,
  ],
  [
    'a bad Match',
    'configuration',
    'config line 1: Bad Match condition',
    `Unsupported Match attribute foo
config line 1: Bad Match condition
config: terminating, 1 bad configuration options`,
  ],
  [
    'a configuration that others may write',
    'configuration',
    'Bad owner or permissions on /home/alice/.ssh/config',
    'Bad owner or permissions on /home/alice/.ssh/config',
  ],
  [
    'files that include each other',
    'configuration',
    'Too many recursive configuration includes',
    'Too many recursive configuration includes',
  ],
  [
    'a connection that may not be tried even once',
    'configuration',
    'Invalid number of ConnectionAttempts',
    'Invalid number of ConnectionAttempts',
  ],
  [
    'a token that it does not know',
    'configuration',
    'unknown key %Q',
    `vdollar_percent_expand: unknown key %Q
percent_dollar_expand: failed`,
  ],
  [
    'a token that it does not know, in OpenSSH 8.3',
    'configuration',
    'unknown key %Q',
    'percent_expand: unknown key %Q',
  ],
  [
    'a variable that is not set',
    'configuration',
    `env var \${NONE} has no value`,
    `vdollar_percent_expand: env var \${NONE} has no value
invalid environment variable expansion`,
  ],
  [
    'RefuseConnection, in OpenSSH 10.5',
    'configuration',
    '/home/alice/.ssh/config line 1: RefuseConnection: use the VPN',
    '/home/alice/.ssh/config line 1: RefuseConnection: use the VPN',
  ],
  [
    'a bad line below one that it ignores',
    'configuration',
    '/etc/ssh/ssh_config: line 60: Bad configuration option: none',
    `/etc/ssh/ssh_config line 53: Unsupported option "gssapiauthentication"
/etc/ssh/ssh_config: line 60: Bad configuration option: none
/etc/ssh/ssh_config: terminating, 1 bad configuration options`,
  ],
  [
    'a BindAddress that this computer does not have',
    'bind address',
    'bind 203.0.113.9: Cannot assign requested address',
    `bind 203.0.113.9: Cannot assign requested address
ssh: connect to host 10.0.0.1 port 22: failure`,
  ],
  [
    'a BindAddress without an address',
    'bind address',
    'getaddrinfo: none.invalid: Name or service not known',
    `getaddrinfo: none.invalid: Name or service not known
ssh: connect to host 10.0.0.1 port 22: failure`,
  ],
  [
    'a BindInterface without an address',
    'bind address',
    'getifaddrs: none0: no suitable addresses',
    `getifaddrs: none0: no suitable addresses
ssh: connect to host 10.0.0.1 port 22: failure`,
  ],
  [
    'a RevokedHostKeys file that is missing',
    'revoked keys file',
    '/nosuch/krl: No such file or directory',
    `Error checking host key ED25519 SHA256:OOPK in revoked keys file /nosuch/krl: No such file or directory
Host key verification failed.`,
  ],
  [
    'a revoked host key',
    'revoked host key',
    '/etc/ssh/my revoked keys',
    `Host key ED25519 SHA256:OOPK revoked by file /etc/ssh/my revoked keys
Host key verification failed.`,
  ],
  [
    'a PKCS11Provider that is missing',
    'pkcs11 provider',
    'provider /nosuch/lib.so is not a PKCS11 library',
    `lib_contains_symbol: open /nosuch/lib.so: No such file or directory
provider /nosuch/lib.so is not a PKCS11 library
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'an option of the command line that ssh does not know',
    'configuration',
    'command-line: line 0: Bad configuration option: sessiontype',
    'command-line: line 0: Bad configuration option: sessiontype',
  ],
  ['a user without an account', 'no account', '12345', 'No user exists for uid 12345'],
  ['a user of scp without an account', 'no account', '12345', 'scp: unknown user 12345'],
  [
    'a private key that others may read',
    'key permissions',
    '/home/alice/a key',
    `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Permissions 0644 for '/home/alice/a key' are too open.
It is required that your private key files are NOT accessible by others.
This private key will be ignored.
Load key "/home/alice/a key": bad permissions
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'a private key that is none',
    'key unreadable',
    '/home/alice/junk',
    `Load key "/home/alice/junk": error in libcrypto
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'a private key that is missing',
    'key missing',
    '/home/alice/none',
    `no such identity: /home/alice/none: No such file or directory
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'an agent that refuses to sign',
    'agent',
    'sign_and_send_pubkey: signing failed for ED25519 "/home/alice/.ssh/id_ed25519" from agent: agent refused operation',
    `sign_and_send_pubkey: signing failed for ED25519 "/home/alice/.ssh/id_ed25519" from agent: agent refused operation
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'too many keys',
    'too many keys',
    'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures',
    `Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures
Disconnected from 10.0.0.1 port 22`,
  ],
  [
    'a refused key',
    'login',
    'alice@10.0.0.1: Permission denied (publickey).',
    'alice@10.0.0.1: Permission denied (publickey).',
  ],
  [
    'a refused key, in OpenSSH 7.6',
    'login',
    'Permission denied (publickey).',
    'Permission denied (publickey).',
  ],
  [
    'a changed host key',
    'host key',
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
    `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Offending ED25519 key in /state/known_hosts:1
Host key verification failed.`,
  ],
  [
    'a host key of another type',
    'no host key of the type',
    'No ECDSA host key is known for nubes-nb-1 and you have requested strict checking.',
    `No ECDSA host key is known for nubes-nb-1 and you have requested strict checking.
Host key verification failed.`,
  ],
  [
    'a dead jump host',
    'proxy',
    'ssh: connect to host 10.9.9.9 port 22: Connection refused',
    `ssh: connect to host 10.9.9.9 port 22: Connection refused
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a dead jump host, of a call without a terminal',
    'proxy',
    'ssh: connect to host 10.9.9.9 port 22: Connection refused',
    `Pseudo-terminal will not be allocated because stdin is not a terminal.
ssh: connect to host 10.9.9.9 port 22: Connection refused
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a dead jump host, in OpenSSH 10.5',
    'proxy',
    'ssh: connect to host 10.9.9.9 port 22: Connection refused',
    `ssh: connect to host 10.9.9.9 port 22: Connection refused
banner exchange: Connection to UNKNOWN port 65535: Broken pipe`,
  ],
  [
    'a jump host with an old key exchange, in OpenSSH 10.5, and a banner',
    'proxy',
    'alice@gate: Permission denied (publickey).',
    `** WARNING: connection is not using a post-quantum key exchange algorithm.
** This session may be vulnerable to "store now, decrypt later" attacks.
** The server may need to be upgraded. See https://openssh.com/pq.html
Authorized use only. All activity is recorded.
alice@gate: Permission denied (publickey).
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a jump host that names itself as its jump host',
    'proxy',
    'jumphost loop via gate',
    `jumphost loop via gate
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a jump host whose RevokedHostKeys file is missing',
    'proxy',
    'Error checking host key ED25519 SHA256:OOPK in revoked keys file /nosuch/krl: No such file or directory',
    `Error checking host key ED25519 SHA256:OOPK in revoked keys file /nosuch/krl: No such file or directory
Host key verification failed.
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a ProxyCommand that passes no connection back',
    'proxy',
    'proxy dialer did not pass back a connection',
    `mm_receive_fd: recvmsg: expected received 1 got 0
proxy dialer did not pass back a connection`,
  ],
  [
    'a ProxyCommand that prints other lines than SSH',
    'proxy',
    'kex_exchange_identification: No SSH version received in first 1024 lines from server',
    `kex_exchange_identification: No SSH version received in first 1024 lines from server
banner exchange: Connection to UNKNOWN port 65535: invalid format`,
  ],
  [
    'a jump host without a name',
    'proxy',
    'ssh: Could not resolve hostname gate.invalid: Name or service not known',
    `ssh: Could not resolve hostname gate.invalid: Name or service not known
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a jump host that refuses the key',
    'proxy',
    'alice@gate: Permission denied (publickey).',
    `alice@gate: Permission denied (publickey).
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a jump host with another host key',
    'proxy',
    'Host key verification failed.',
    `Host key verification failed.
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a jump host with a changed host key',
    'proxy',
    'Host key for gate has changed and you have requested strict checking.',
    `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Host key for gate has changed and you have requested strict checking.
Host key verification failed.
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a VM that refuses the jump host',
    'beyond proxy',
    'channel 0: open failed: connect failed: Connection refused',
    `channel 0: open failed: connect failed: Connection refused
stdio forwarding failed
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a ProxyCommand that does not exist',
    'proxy',
    '/bin/sh: line 1: exec: nosuchprog: not found',
    `/bin/sh: line 1: exec: nosuchprog: not found
kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a ProxyCommand that ends at once',
    'proxy',
    '/bin/sh: 1: exec: nosuchprog: not found',
    `/bin/sh: 1: exec: nosuchprog: not found
banner exchange: Connection to UNKNOWN port 65535: Broken pipe`,
  ],
  [
    'a ProxyCommand that ends',
    'proxy',
    undefined,
    `kex_exchange_identification: Connection closed by remote host
Connection closed by UNKNOWN port 65535`,
  ],
  [
    'a ProxyCommand that does not answer',
    'proxy',
    undefined,
    `Connection timed out during banner exchange
Connection to UNKNOWN port 65535 timed out`,
  ],
  [
    'a refused key behind a jump host',
    'login',
    'alice@10.0.0.1: Permission denied (publickey).',
    'alice@10.0.0.1: Permission denied (publickey).',
  ],
  [
    'no common algorithm',
    'algorithms',
    'Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-ed25519',
    'Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-ed25519',
  ],
  [
    'a penalty of sshd',
    'penalty',
    'debug1: kex_exchange_identification: banner line 0: Not allowed at this time',
    `debug1: kex_exchange_identification: banner line 0: Not allowed at this time
kex_exchange_identification: Connection closed by remote host
Connection closed by 10.0.0.1 port 22`,
  ],
  [
    'a closed connection before the login',
    'closed',
    'kex_exchange_identification: read: Connection reset by peer',
    `kex_exchange_identification: read: Connection reset by peer
Connection reset by 10.0.0.1 port 22`,
  ],
  [
    'a host name that does not resolve',
    'no name',
    'ssh: Could not resolve hostname vm.invalid: Name or service not known',
    'ssh: Could not resolve hostname vm.invalid: Name or service not known',
  ],
  [
    'no route',
    'no route',
    'ssh: connect to host 10.0.0.1 port 22: No route to host',
    'ssh: connect to host 10.0.0.1 port 22: No route to host',
  ],
  [
    'no network',
    'no route',
    'ssh: connect to host 10.0.0.1 port 22: Network is unreachable',
    'ssh: connect to host 10.0.0.1 port 22: Network is unreachable',
  ],
  [
    'a refused connection',
    'refused',
    'ssh: connect to host 10.0.0.1 port 22: Connection refused',
    'ssh: connect to host 10.0.0.1 port 22: Connection refused\r',
  ],
  [
    'a connection that times out',
    'no answer',
    'ssh: connect to host 10.0.0.1 port 22: Connection timed out',
    'ssh: connect to host 10.0.0.1 port 22: Connection timed out',
  ],
  [
    'a connection that times out after it was open',
    'no answer',
    'Connection to 10.0.0.1 port 22 timed out',
    'Connection to 10.0.0.1 port 22 timed out',
  ],
  [
    'a connection that times out, on macOS',
    'no answer',
    'ssh: connect to host 10.0.0.1 port 22: Operation timed out',
    'ssh: connect to host 10.0.0.1 port 22: Operation timed out',
  ],
  [
    'an sshd that sends nothing',
    'silent',
    'Connection timed out during banner exchange',
    `Connection timed out during banner exchange
Connection to 10.0.0.1 port 22 timed out`,
  ],
  [
    'a lost connection',
    'lost',
    'Timeout, server 10.0.0.1 not responding.',
    'Timeout, server 10.0.0.1 not responding.',
  ],
  [
    'a VM that shuts down',
    'lost',
    'Connection to 10.0.0.1 closed by remote host.',
    'Connection to 10.0.0.1 closed by remote host.',
  ],
  [
    'a taken port',
    'port',
    'bind [127.0.0.1]:23157: Address already in use',
    `bind [127.0.0.1]:23157: Address already in use
channel_setup_fwd_listener_tcpip: cannot listen to port: 23157
Could not request local forwarding.`,
  ],
  [
    'a RemoteForward whose port is taken',
    'forward',
    'Error: remote port forwarding failed for listen port 52698',
    'Error: remote port forwarding failed for listen port 52698',
  ],
  [
    'a remote command that exits with 255',
    'unknown',
    'make: *** [all] Error 255',
    'make: *** [all] Error 255',
  ],
  [
    'a remote command that exits with 255 through an old key exchange, in OpenSSH 10.5',
    'unknown',
    undefined,
    '** WARNING: connection is not using a post-quantum key exchange algorithm.',
  ],
  [
    'a remote command that says what ssh says about an address',
    'unknown',
    'bind 203.0.113.9: Cannot assign requested address',
    'bind 203.0.113.9: Cannot assign requested address',
  ],
  [
    'a PKCS11Provider that is missing, after another key was accepted',
    'lost',
    'Timeout, server 10.0.0.1 not responding.',
    `provider /nosuch/lib.so is not a PKCS11 library
Timeout, server 10.0.0.1 not responding.`,
  ],
  [
    'a variable that is not set in an Include, which OpenSSH 10.5 leaves out',
    'refused',
    'ssh: connect to host 10.0.0.1 port 22: Connection refused',
    `vdollar_percent_expand: env var \${NONE} has no value
config line 1: Unable to expand user config file '\${NONE}/x'
ssh: connect to host 10.0.0.1 port 22: Connection refused`,
  ],
  [
    'a configuration that is missing',
    'configuration',
    "Can't open user config file /none: No such file or directory",
    "Can't open user config file /none: No such file or directory",
  ],
  [
    'a configuration whose bad line was cut off',
    'configuration',
    'config: terminating, 1 bad configuration options',
    'config: terminating, 1 bad configuration options',
  ],
  [
    'a private key with open permissions, without the rest of the warning',
    'key permissions',
    '/k',
    `Permissions 0644 for '/k' are too open.
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'a private key with bad permissions, without the warning',
    'key permissions',
    '/k',
    `Load key "/k": bad permissions
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'a private key that is missing, named on the command line',
    'key missing',
    '/k',
    `Warning: Identity file /k not accessible: No such file or directory.
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'a passphrase that is wrong',
    'login',
    'alice@10.0.0.1: Permission denied (publickey).',
    `Load key "/k": incorrect passphrase supplied to decrypt private key
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'a refused key, after which sshd closes the connection',
    'login',
    'alice@10.0.0.1: Permission denied (publickey).',
    `Connection closed by 10.0.0.1 port 22
alice@10.0.0.1: Permission denied (publickey).`,
  ],
  [
    'a refused password',
    'login',
    'Permission denied, please try again.',
    'Permission denied, please try again.',
  ],
  ['no output', 'unknown', undefined, ''],
];

test.each(cases)('the reason of ssh for %s is %s', (_what, reason, detail, stderr) => {
  expect(sshEnd(stderr.split('\n'))).toEqual({ reason, detail });
});

test.each([
  'Load key "/k": bad permissions',
  'Load key "/k": invalid format',
  "Permissions 0644 for '/k' are too open.",
  'sign_and_send_pubkey: signing failed for ED25519 "/k" from agent: agent refused operation',
  'no such identity: /k: No such file or directory',
  'Warning: Identity file /k not accessible: No such file or directory.',
])('%s is no reason if another key is accepted', (line) => {
  expect(sshEnd([line, 'Timeout, server 10.0.0.1 not responding.']).reason).toBe('lost');
});

test.each([
  ['port', 'bind [127.0.0.1]:23157: Address already in use'],
  ['port', 'channel_setup_fwd_listener_tcpip: cannot listen to port: 23157'],
  ['port', 'Could not request local forwarding.'],
  ['host key', 'Host key verification failed.'],
  ['host key', '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @'],
  ['login', 'alice@172.16.102.207: Permission denied (publickey).'],
  ['login', 'Received disconnect from 172.16.102.207: 2: Too many authentication failures'],
  ['connection', 'ssh: connect to host 172.16.102.207 port 22: Connection refused'],
  ['connection', 'kex_exchange_identification: Connection closed by remote host'],
  ['connection', ''],
])('the stage at which ssh fails is %s for %j', (stage, line) => {
  expect(stageIn(['Warning: first line', line, ''])).toBe(stage);
});

test('a taken port counts as the reason of ssh before a failed login', () => {
  expect(stageIn(['Permission denied (publickey).', 'Address already in use'])).toBe('port');
});

test('an ssh that prints nothing has failed to connect', () => {
  expect(stageIn([])).toBe('connection');
});

function stageIn(stderr: readonly string[]): string {
  return sshStages[sshEnd(stderr).reason];
}
