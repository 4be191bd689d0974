import { isLoopback } from '../loopback.ts';
import { isBefore, type Release } from './release.ts';
import type { Connection } from './target.ts';

/**
 * What an ssh is started for. `sftp`, `scp`: by scp, in its newer or older protocol. `host`: a `Host` block, which
 * the user's own calls of ssh, scp and rsync use.
 */
export type SshUse = 'command' | 'shell' | 'sftp' | 'scp' | 'probe' | 'tunnel' | 'host';

/** What ssh is started for, and how. */
export interface Invocation extends Connection {
  readonly use: SshUse;
  /** False: ssh may not prompt, not even for the passphrase of a key. */
  readonly asks?: boolean;
  /**
   * For `host`: the options with `since` that the user's configuration sets, in lower case. A home may be shared with
   * computers whose ssh is older, so the file has no others.
   */
  readonly newerInUse?: readonly string[];
}

type Value = string | undefined;
type Values =
  | Value
  | Partial<Readonly<Record<SshUse, string>>>
  | ((invocation: Invocation) => Value);

/** The user's configuration does not count then, as ssh takes the first value that it reads. */
interface Forced {
  /** Undefined for a use without one. */
  readonly force: Values;
  /** An older ssh does not know the option. */
  readonly since?: Release;
}

const withStdin = { command: 'no', shell: 'no', sftp: 'no', scp: 'no', probe: 'no', host: 'no' };
const cleared = { command: 'yes', shell: 'yes', sftp: 'yes', scp: 'yes', probe: 'yes' };

/**
 * With `refusedByTunnels` and `leftToUsers`: every option of ssh_config(5), of OpenSSH 9.2 to 10.6 and of Debian's,
 * Fedora's and Apple's builds.
 */
export const forced: Readonly<Record<string, Forced>> = {
  // Where the VM is.
  HostName: { force: ({ target }) => target.host },
  User: { force: ({ target }) => target.user },
  Port: { force: ({ target }) => String(target.port) },
  AddressFamily: { force: 'any' },

  // Its host key: only the pinned one counts. Clouds reuse addresses, so keys are filed by server id.
  HostKeyAlias: { force: ({ target }) => hostKeyAlias(target.serverId) },
  UserKnownHostsFile: { force: ({ target }) => pathValue(target.knownHosts) },
  GlobalKnownHostsFile: { force: '/dev/null' },
  StrictHostKeyChecking: { force: ({ target }) => (target.pinned ? 'yes' : 'accept-new') },
  // Debian's ssh hashes new entries by default, and `delete` could not find them.
  HashKnownHosts: { force: ({ target }) => (target.pinned ? undefined : 'no') },
  CheckHostIP: { force: 'no' },
  KnownHostsCommand: { force: 'none', since: [8, 5] },
  NoHostAuthenticationForLocalhost: { force: 'no' },
  UpdateHostKeys: { force: 'no' },
  VerifyHostKeyDNS: { force: 'no' },

  // The login. A given key is offered first, as sshd ends the connection after too many keys of an agent.
  IdentitiesOnly: { force: ({ target }) => (target.keyFile === undefined ? undefined : 'yes') },
  IdentityFile: {
    force: ({ target: { keyFile } }) => (keyFile === undefined ? undefined : pathValue(keyFile)),
  },
  PubkeyAuthentication: { force: 'yes' },
  PreferredAuthentications: {
    force: 'publickey,gssapi-with-mic,hostbased,keyboard-interactive,password',
  },
  BatchMode: { force: ({ asks = true }) => (asks ? undefined : 'yes') },

  // What runs, and on which streams.
  RemoteCommand: {
    force: { command: 'none', shell: 'none', sftp: 'none', scp: 'none', host: 'none' },
  },
  RequestTTY: { force: { command: 'no', shell: 'auto', sftp: 'no', scp: 'no', host: 'auto' } },
  SessionType: {
    force: {
      command: 'default',
      shell: 'default',
      sftp: 'subsystem',
      scp: 'default',
      host: 'default',
    },
    since: [8, 7],
  },
  StdinNull: { force: withStdin, since: [8, 7] },
  ForkAfterAuthentication: { force: 'no', since: [8, 7] },
  PermitLocalCommand: { force: 'no' },
  // The reason of a failure is read from stderr.
  LogLevel: { force: 'INFO' },
  // It adds the place in ssh's source to each line.
  LogVerbose: { force: 'none', since: [8, 5] },
  // The sandbox has no post-quantum key exchange, and needs none on this computer.
  WarnWeakCrypto: {
    force: ({ target }) => (isLoopback(target.host) ? 'no' : undefined),
    since: [10, 1],
  },

  // Forwards. A shared connection could belong to another VM that had the same address.
  ControlPath: { force: 'none' },
  ClearAllForwardings: { force: { ...cleared, tunnel: 'no', host: 'no' } },
  Tunnel: { force: { tunnel: 'no', host: 'no' } },
  // A taken port ends a tunnel, but not the second shell on a host.
  ExitOnForwardFailure: { force: { tunnel: 'yes', host: 'no' } },

  // How long ssh waits.
  ConnectTimeout: { force: { command: '15', shell: '15', sftp: '15', scp: '15', probe: '15' } },
  ServerAliveInterval: { force: '15' },
  ServerAliveCountMax: { force: '3' },
};

const forcedRows = Object.entries(forced);

/** A tunnel fails with a message that names the option. */
export const refusedByTunnels = ['LocalForward', 'RemoteForward', 'DynamicForward'];

/** The user's configuration decides. */
export const leftToUsers = `
  AddKeysToAgent BindAddress BindInterface CanonicalDomains CanonicalizeFallbackLocal CanonicalizeHostname
  CanonicalizeMaxDots CanonicalizePermittedCNAMEs CASignatureAlgorithms CertificateFile ChannelTimeout
  Ciphers Compression ConnectionAttempts ControlMaster ControlPersist EnableEscapeCommandline
  EnableSSHKeysign EscapeChar FingerprintHash ForwardAgent ForwardX11 ForwardX11Timeout ForwardX11Trusted
  GatewayPorts GSSAPIAuthentication GSSAPIClientIdentity GSSAPIDelegateCredentials GSSAPIKexAlgorithms
  GSSAPIKeyExchange GSSAPIRenewalForcesRekey GSSAPIServerIdentity GSSAPITrustDns Host
  HostbasedAcceptedAlgorithms HostbasedAuthentication HostKeyAlgorithms IdentityAgent IgnoreUnknown Include
  IPQoS KbdInteractiveAuthentication KbdInteractiveDevices KexAlgorithms LocalCommand MACs Match
  NumberOfPasswordPrompts ObscureKeystrokeTiming PasswordAuthentication PermitRemoteOpen PKCS11Provider
  ProxyCommand ProxyJump ProxyUseFdpass PubkeyAcceptedAlgorithms RefuseConnection RekeyLimit RequiredRSASize
  RevokedHostKeys SecurityKeyProvider SendEnv SetEnv StreamLocalBindMask StreamLocalBindUnlink
  SyslogFacility Tag TCPKeepAlive TunnelDevice UseKeychain VersionAddendum VisualHostKey
  XAuthLocation`;

/** The options that an older ssh does not know, in lower case. */
export const newerOptions: readonly string[] = forcedRows.flatMap(([name, { since }]) =>
  since === undefined ? [] : [name.toLowerCase()],
);

export type Options = readonly (readonly [name: string, value: string])[];

/** The options that are forced for an ssh, as in ssh_config. */
export function forcedOptions(invocation: Invocation): Options {
  return forcedRows.flatMap(([name, { force, since }]) => {
    if (since !== undefined && !isKnown(name, since, invocation)) return [];
    const value = forcedValue(force, invocation);
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** An option that ssh does not know ends it, even one in the block of another host. */
function isKnown(
  name: string,
  since: Release,
  { use, release, newerInUse = [] }: Invocation,
): boolean {
  if (use === 'host') return newerInUse.includes(name.toLowerCase());
  return release !== undefined && !isBefore(release, since);
}

function forcedValue(force: Values, invocation: Invocation): Value {
  if (typeof force === 'function') return force(invocation);
  return typeof force === 'object' ? force[invocation.use] : force;
}

/** The same as arguments of a command line that names the account in its destination. */
export function forcedArgs(invocation: Invocation): string[] {
  const others = forcedOptions(invocation).filter(([name]) => !['User', 'Port'].includes(name));
  const args = others.flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const port = String(invocation.target.port);
  const isScp = invocation.use === 'sftp' || invocation.use === 'scp';
  // scp has another flag for the port.
  return [...args, ...(isScp ? ['-o', `Port=${port}`] : ['-p', port])];
}

/** The name of a VM in known_hosts, independent of its address. */
export function hostKeyAlias(serverId: string): string {
  return `nubes-nb-${serverId}`;
}

/**
 * A path as a value of ssh_config: spaces separate values, so they need quotes; `%` begins a token; a
 * backslash escapes the next character, so Windows paths get slashes.
 */
export function pathValue(path: string): string {
  const portable = /^[A-Za-z]:\\|^\\\\/.test(path) ? path.replaceAll('\\', '/') : path;
  const literal = portable.replaceAll('%', '%%');
  // Without quotes if possible: a shell would need them escaped again.
  if (/^[^\s"'\\#]+$/.test(literal)) return literal;
  return `"${literal.replace(/[\\"]/g, '\\$&')}"`;
}
