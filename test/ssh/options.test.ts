import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sshArgv } from '../../src/ssh/client.ts';
import { sshConfig } from '../../src/ssh/config-block.ts';
import {
  forced,
  forcedOptions,
  leftToUsers,
  newerOptions,
  pathValue,
  refusedByTunnels,
  type SshUse,
} from '../../src/ssh/options.ts';
import type { Release } from '../../src/ssh/release.ts';
import { scpArgv } from '../../src/ssh/scp.ts';
import type { SshTarget } from '../../src/ssh/target.ts';
import { tunnelTo } from '../../src/ssh/tunnel.ts';
import { hostileConfig } from '../support/hostile-ssh-config.ts';
import { hasSsh } from '../support/ssh.ts';

const target: SshTarget = {
  serverId: '6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188',
  user: 'alice',
  host: '172.16.102.207',
  port: 22,
  keyFile: '/keys/mine',
  knownHosts: '/state/known_hosts',
  pinned: true,
};
const release: Release = [10, 6];
const connection = { target, release };
const decided = [...Object.keys(forced), ...refusedByTunnels, ...leftToUsers.trim().split(/\s+/)];
const inLowerCase = new Set(decided.map((name) => name.toLowerCase()));

/** The headings of ssh_config(5) in OpenSSH 9.2 and Debian's patches, and what came until 10.6. */
const manualPage = `Host Match AddKeysToAgent AddressFamily BatchMode BindAddress BindInterface CanonicalDomains
CanonicalizeFallbackLocal CanonicalizeHostname CanonicalizeMaxDots CanonicalizePermittedCNAMEs CASignatureAlgorithms
CertificateFile ChannelTimeout CheckHostIP Ciphers ClearAllForwardings Compression ConnectionAttempts ConnectTimeout
ControlMaster ControlPath ControlPersist DynamicForward EnableEscapeCommandline EnableSSHKeysign EscapeChar
ExitOnForwardFailure FingerprintHash ForkAfterAuthentication ForwardAgent ForwardX11 ForwardX11Timeout ForwardX11Trusted
GatewayPorts GlobalKnownHostsFile GSSAPIAuthentication GSSAPIClientIdentity GSSAPIDelegateCredentials GSSAPIKexAlgorithms
GSSAPIKeyExchange GSSAPIRenewalForcesRekey GSSAPIServerIdentity GSSAPITrustDns HashKnownHosts HostbasedAcceptedAlgorithms
HostbasedAuthentication HostKeyAlgorithms HostKeyAlias HostName IdentitiesOnly IdentityAgent IdentityFile IgnoreUnknown
Include IPQoS KbdInteractiveAuthentication KbdInteractiveDevices KexAlgorithms KnownHostsCommand LocalCommand
LocalForward LogLevel LogVerbose MACs NoHostAuthenticationForLocalhost NumberOfPasswordPrompts ObscureKeystrokeTiming
PasswordAuthentication PermitLocalCommand PermitRemoteOpen PKCS11Provider Port PreferredAuthentications ProxyCommand
ProxyJump ProxyUseFdpass PubkeyAcceptedAlgorithms PubkeyAuthentication RefuseConnection RekeyLimit RemoteCommand
RemoteForward RequestTTY RequiredRSASize RevokedHostKeys SecurityKeyProvider SendEnv ServerAliveCountMax
ServerAliveInterval SessionType SetEnv StdinNull StreamLocalBindMask StreamLocalBindUnlink StrictHostKeyChecking
SyslogFacility Tag TCPKeepAlive Tunnel TunnelDevice UpdateHostKeys User UserKnownHostsFile VerifyHostKeyDNS
VersionAddendum VisualHostKey WarnWeakCrypto XAuthLocation`;

test.each(manualPage.split(/\s+/))(
  'what happens with %s of ssh_config(5) is decided once',
  (name) => {
    expect(decided.filter((each) => each === name)).toEqual([name]);
  },
);

test.runIf(hasSsh)(
  'what happens with every option that the ssh of this computer prints is decided',
  () => {
    const { stdout } = spawnSync('ssh', ['-GF', 'none', 'host'], { encoding: 'utf8' });
    const printed = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    expect(printed.filter((name) => !inLowerCase.has(name.toLowerCase()))).toEqual([]);
    expect(printed.length).toBeGreaterThan(60);
  },
);

/** `ssh -G` prints options as they count, some under other names. */
const notPrinted = new Set(['HostKeyAlias', 'RemoteCommand', 'ControlPath', 'KnownHostsCommand']);

describe.runIf(hasSsh)('what ssh reads with a hostile configuration', () => {
  const writers: readonly (readonly [string, SshUse, (hostile: string) => readonly string[]])[] = [
    [
      'a command',
      'command',
      (file) => ['-F', file, ...sshArgv(connection, { command: ['x'], asks: true }).slice(1)],
    ],
    ['a shell', 'shell', (file) => ['-F', file, ...sshArgv(connection, { asks: true }).slice(1)]],
    [
      'a probe',
      'probe',
      (file) => ['-F', file, ...sshArgv(connection, { use: 'probe', asks: false }).slice(1)],
    ],
    [
      'the printed line',
      'tunnel',
      (file) => [
        '-F',
        file,
        ...tunnelTo(connection, { localPort: 23157, remotePort: 8888 }, 'posix').argv.slice(1),
      ],
    ],
    ['a written host', 'host', (file) => ['-F', file, 'nubes-nb-x']],
  ];

  test.each(writers)('%s has every forced option', (_what, use, argsWith) => {
    const home = mkdtempSync(join(tmpdir(), 'nubes-nb-options-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const file = join(home, 'config');
    const block = { name: 'x', target, localPort: 23157, remotePort: 8888 };
    writeFileSync(
      file,
      `${use === 'host' ? sshConfig([block], newerOptions) : ''}\n${hostileConfig({ home })}`,
    );
    const { stdout, stderr } = spawnSync('ssh', ['-G', ...argsWith(file)], { encoding: 'utf8' });
    expect(stderr.replace(/^Pseudo-terminal will not .*\r?\n/, '')).toBe('');
    const forced = forcedOptions({
      ...connection,
      use,
      asks: use !== 'probe',
      newerInUse: newerOptions,
    });
    for (const [name, value] of forced) {
      if (notPrinted.has(name)) continue;
      expect(stdout).toMatch(new RegExp(`^${name} ${asPrinted(value)}$`, 'im'));
    }
    expect(stdout).toMatch(/^hostkeyalias nubes-nb-6b2b/m);
    expect(stdout).not.toMatch(/^(?:controlpath|knownhostscommand) (?!none)/m);
    if (use !== 'tunnel' && use !== 'probe') expect(stdout).not.toMatch(/^remotecommand (?!none)/m);
  });
});

function asPrinted(value: string): string {
  return `(?:${value}|${value === 'yes' ? 'true' : value === 'no' ? 'false' : value})`;
}

const uses: readonly SshUse[] = ['command', 'shell', 'sftp', 'scp', 'probe', 'tunnel', 'host'];
const releases: readonly (readonly [Release, readonly string[]])[] = [
  [
    [7, 6],
    ['KnownHostsCommand', 'LogVerbose', 'SessionType', 'StdinNull', 'ForkAfterAuthentication'],
  ],
  [
    [8, 0],
    ['KnownHostsCommand', 'LogVerbose', 'SessionType', 'StdinNull', 'ForkAfterAuthentication'],
  ],
  [
    [8, 6],
    ['SessionType', 'StdinNull', 'ForkAfterAuthentication'],
  ],
  [[8, 7], []],
  [[10, 6], []],
];

test.each(releases)('OpenSSH %j gets no option that it does not know', (old, unknown) => {
  for (const use of uses) {
    const names = (of: Release) =>
      forcedOptions({ target, release: of, use, newerInUse: [] }).map(([name]) => name);
    const expected = names([10, 6]).filter((name) => !unknown.includes(name));
    expect(names(old)).toEqual(expected);
  }
});

test('the values of the forced options, for each use of ssh', async () => {
  const lines = uses.flatMap((use) => [
    use,
    ...forcedOptions({ ...connection, use, asks: false, newerInUse: newerOptions }).map(
      ([name, value]) => `  ${name} ${value}`,
    ),
  ]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/ssh-options.txt');
});

test('a key that ssh finds by itself is not forced', () => {
  const withoutKey = { ...target, keyFile: undefined };
  const names = forcedOptions({ target: withoutKey, release, use: 'command' }).map(
    ([name]) => name,
  );
  expect(names).not.toContain('IdentityFile');
});

test.each([
  ['/keys/mine', '/keys/mine'],
  ['/my keys/mine', '"/my keys/mine"'],
  ['/o"k', '"/o\\"k"'],
  ["/o'k", `"/o'k"`],
  ['/a#b', '"/a#b"'],
  ['/a\\b', '"/a\\\\b"'],
  ['/100%', '/100%%'],
  ['C:\\Users\\a b\\k', '"C:/Users/a b/k"'],
  ['\\\\server\\k', '//server/k'],
])('the path %s is %s in a configuration of ssh', (path, value) => {
  expect(pathValue(path)).toBe(value);
});

test.each<[string, Release, string | undefined]>([
  ['127.0.0.5', [10, 1], 'no'],
  ['127.0.0.5', [10, 0], undefined],
  ['172.16.102.207', [10, 5], undefined],
])('for %s, ssh of OpenSSH %j gets WarnWeakCrypto %s', (host, ofRelease, value) => {
  const options = forcedOptions({
    target: { ...target, host },
    release: ofRelease,
    use: 'command',
  });
  expect(Object.fromEntries(options)['WarnWeakCrypto']).toBe(value);
});

test('an ssh of an unknown release gets no option that an older one does not know', () => {
  const names = forcedOptions({ target, release: undefined, use: 'command' });
  expect(names.map(([name]) => name.toLowerCase())).not.toEqual(
    expect.arrayContaining([expect.toBeOneOf([...newerOptions])]),
  );
});

test('scp gets the options of a copy, and the port as an option', () => {
  const copy = { direction: 'upload', local: 'a', remote: 'b' } as const;
  const argv = scpArgv(connection, copy, 'sftp', true);
  expect(argv).toContain('Port=22');
  for (const [name, value] of forcedOptions({ ...connection, use: 'sftp' })) {
    if (name !== 'User') expect(argv).toContain(`${name}=${value}`);
  }
});
