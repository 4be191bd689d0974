/**
 * Why ssh exited with 255, and at which stage; a failed `connection` may work later, the others fail again.
 * `unknown`: ssh did not say, or the remote command exited with 255 itself.
 */
export const sshStages = {
  configuration: 'configuration',
  'no account': 'configuration',
  'revoked keys file': 'configuration',
  'key permissions': 'login',
  'key unreadable': 'login',
  'key missing': 'login',
  agent: 'login',
  'pkcs11 provider': 'login',
  'too many keys': 'login',
  login: 'login',
  'host key': 'host key',
  'revoked host key': 'host key',
  'no host key of the type': 'login',
  algorithms: 'login',
  port: 'port',
  // Of the user's ssh configuration.
  forward: 'forward',
  // It may be an address of a VPN that comes back.
  'bind address': 'connection',
  proxy: 'connection',
  'beyond proxy': 'connection',
  penalty: 'connection',
  'no name': 'connection',
  'no route': 'connection',
  'no answer': 'connection',
  refused: 'connection',
  silent: 'connection',
  closed: 'connection',
  lost: 'connection',
  unknown: 'connection',
} as const;

export type SshReason = keyof typeof sshStages;
export type SshStage = (typeof sshStages)[SshReason];

export interface SshEnd {
  readonly reason: SshReason;
  /** The line of ssh that says it, or the file that it names; untrusted text. */
  readonly detail: string | undefined;
}

/**
 * The first rule that matches a line decides. A group in a pattern is the detail; otherwise it is the line. Rules about
 * keys only count if the login was refused, as ssh tries other keys as well; lines of a file, or about an address of this
 * computer, only if ssh ended for them.
 */
const rules: readonly (readonly [SshReason, RegExp, Condition?])[] = [
  ['configuration', /^.+:? line \d+:? .+/, 'configuration'],
  ['configuration', /^\w*percent_expand: (unknown key .+|env var .+)/, 'configuration'],
  ['configuration', /^.+ line \d+: RefuseConnection: .+/],
  ['configuration', /^Bad owner or permissions on .+/],
  ['configuration', /^Too many recursive configuration includes/],
  ['configuration', /^Invalid number of ConnectionAttempts/],
  ['configuration', /^Can't open user config file .+/],
  ['no account', /^(?:No user exists for uid|scp: unknown user) (\d+)/],
  ['configuration', /^command-line:? line 0: .+/],
  ['configuration', /terminating, \d+ bad configuration options/],
  ['revoked keys file', /^Error checking host key \S+ \S+ in revoked keys file (.+)/],
  ['revoked host key', /^Host key \S+ \S+ revoked by file (.+)/],
  ['host key', /IDENTIFICATION HAS CHANGED|Host key verification failed/],
  ['key permissions', /^Permissions \S+ for '(.+)' are too open/, 'refused'],
  ['key permissions', /^Load key "(.+)": bad permissions/, 'refused'],
  ['key unreadable', /^Load key "(.+)": (?!.*incorrect passphrase).+/, 'refused'],
  ['agent', /^sign_and_send_pubkey: signing failed .+|^agent refused operation.*/, 'refused'],
  ['pkcs11 provider', /^provider .+ is not a PKCS11 library/, 'refused'],
  ['key missing', /^no such identity: (.+): No such file/, 'refused'],
  ['key missing', /^Warning: Identity file (.+) not accessible/, 'refused'],
  ['too many keys', /Too many authentication failures/],
  ['port', /Address already in use|cannot listen to port|Could not request local forw/],
  ['forward', /remote port forwarding failed/],
  ['bind address', /^(?:bind|getaddrinfo|getifaddrs)[: ].+/, 'bind address'],
  ['algorithms', /^Unable to negotiate with .+/],
  ['login', /Permission denied \(.+/],
  ['penalty', /Not allowed at this time/],
  ['no name', /Could not resolve hostname .+/],
  ['no route', /connect to host .+: (?:No route to host|Network is unreachable)/],
  ['refused', /connect to host .+: Connection refused/],
  ['no answer', /connect to host .+: .*timed out/],
  ['silent', /timed out during banner exchange|could not read protocol version/],
  ['lost', /^Timeout, server .+ not responding|closed by remote host\.$|send disconnect: .+/],
  ['closed', /^kex_exchange_identification: .+|^Connection (?:closed|reset) by .+/],
  ['login', /Permission denied/],
  ['no answer', /Connection to .+ timed out/],
];

type Condition = 'refused' | 'configuration' | 'bind address';

const conditions: Readonly<Record<Condition, RegExp>> = {
  refused: /Permission denied|Too many auth/,
  configuration:
    /terminating, \d+ bad configuration options|^Bad owner or permissions|percent_\w*expand: (?:failed|unknown key)|^invalid environment variable/,
  'bind address': /^ssh: connect to host .+: failure/,
};

const noHostKey = /^No \S+ host key is known for .+ and you have requested strict checking/;
/** ssh has no address of a peer behind `ProxyJump` or `ProxyCommand`. */
const proxyEnded =
  /Connection (?:(?:closed|reset) by|to) UNKNOWN port|^proxy dialer did not pass back a connection/;
/** Lines of an ssh that continues. */
const noise =
  /^Pseudo-terminal will not be allocated|^\*\* |^Warning: Permanently added|: Unsupported option |line \d+: Unsupported option /;
/** What scp adds to the lines of its ssh. */
const scpNoise = /^(?:\S*scp\S*: )?(?:Connection closed|lost connection)\s*$/;
const proxyNoise =
  /^kex_exchange_identification: (?:read: )?Connection |UNKNOWN port|^banner exchange|banner exchange$|^mm_receive_fd/;

/** Why ssh exited with 255, by its lines on stderr. */
export function sshEnd(stderr: readonly string[]): SshEnd {
  const lines = stderr
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line.trim() !== '' && !scpNoise.test(line) && !noise.test(line));
  const isBroken = meets('configuration', lines);
  if (lines.some((line) => proxyEnded.test(line)) && !isBroken) {
    // The jump host has accepted the login.
    const isBeyond = lines.some((line) => /^stdio forwarding failed/.test(line));
    return { reason: isBeyond ? 'beyond proxy' : 'proxy', detail: proxyDetail(lines) };
  }
  const unknownKey = lines.find((line) => noHostKey.test(line));
  if (unknownKey !== undefined) return { reason: 'no host key of the type', detail: unknownKey };
  const found = decisiveLine(lines);
  if (found === undefined) return { reason: 'unknown', detail: lines.at(-1) };
  return { reason: found.reason, detail: found.pattern.exec(found.line)?.[1] ?? found.line };
}

interface Found {
  readonly reason: SshReason;
  readonly pattern: RegExp;
  readonly line: string;
}

function decisiveLine(lines: readonly string[]): Found | undefined {
  for (const [reason, pattern, condition] of rules) {
    if (condition !== undefined && !meets(condition, lines)) continue;
    const line = lines.find((each) => pattern.test(each));
    if (line !== undefined) return { reason, pattern, line };
  }
  return undefined;
}

function meets(condition: Condition, lines: readonly string[]): boolean {
  return lines.some((line) => conditions[condition].test(line));
}

/** What the ssh of the jump host says, after what its sshd may say to everyone; or the last line of a ProxyCommand. */
function proxyDetail(all: readonly string[]): string | undefined {
  const lines = all.filter((line) => !proxyNoise.test(line));
  return (
    lines.find((line) => /^Host key for .+ has changed|open failed: /.test(line)) ??
    decisiveLine(lines)?.line ??
    lines.at(-1)
  );
}

/** ssh and ssh-keygen end then before they read anything. `userId`: the detail of `no account`. */
export function noAccount(userId: string | undefined): { message: string; hint: string } {
  return {
    message: `ssh does not run for a user without an account, and this system has none for the user ID ${userId}.`,
    hint: 'add a line for it to /etc/passwd, or run nubes-nb as a user that has an account',
  };
}
