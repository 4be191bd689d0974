import type { ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { hexOf } from '../fingerprint.ts';
import type { World } from '../world.ts';
import { addToTail, exitCodeOf, onLines, spawnProgram, sshArgv } from './client.ts';
import { type SshStage, sshEnd, sshStages } from './failure.ts';
import type { Connection } from './target.ts';

export interface ProbeReply {
  /**
   * `jupyter down`: the login succeeded, but nothing answers at the port. `forwarding refused`: this
   * sshd does not allow tunnels. `no TLS`: the program at the port does not speak TLS, or hangs up.
   */
  readonly answer:
    | 'answers'
    | 'jupyter down'
    | 'forwarding refused'
    | 'no TLS'
    | 'timed out'
    | Exclude<SshStage, 'port' | 'forward'>;
  /** ssh's lines on stderr; untrusted text. */
  readonly stderr: readonly string[];
  /** SHA-256 of Jupyter's certificate, 64 hex digits; undefined if it has not sent one. */
  readonly certificate: string | undefined;
}

/** Jupyter on the loopback address of the VM. */
export interface Endpoint {
  readonly port: number;
  /** Any certificate is accepted: the host key has verified the VM already. */
  readonly https: boolean;
  /** Jupyter answers if a GET of this path returns this status. */
  readonly path: string;
  readonly status: number;
}

export interface ProbeLimits {
  readonly timeoutMs: number;
  /** For ssh until the login, so that it says itself what does not answer. */
  readonly connectTimeoutSeconds: number;
}

/** How long ssh's remaining output is read after its exit. */
const drainTimeoutMs = 500;

/**
 * Sends the request through `ssh -W`: no local port is used, and ssh cannot prompt. Throws CONFIGURATION if ssh is not installed.
 */
export async function probeJupyter(
  connection: Connection,
  { port, https, path, status }: Endpoint,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  { timeoutMs, connectTimeoutSeconds }: ProbeLimits,
): Promise<ProbeReply> {
  const limit = ['-o', `ConnectTimeout=${connectTimeoutSeconds}`];
  const options = ['-W', `127.0.0.1:${port}`, ...limit];
  const argv = sshArgv(connection, { options, use: 'probe', asks: false });
  const child = spawnProgram(argv, world, ['pipe', 'pipe', 'pipe']);
  const errors: string[] = [];
  let timedOut = false;
  const kill = () => void child.kill();
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  world.interrupted.addEventListener('abort', kill, { once: true });
  if (world.interrupted.aborted) kill();
  if (child.stderr !== null) onLines(child.stderr, (line) => addToTail(errors, line));
  const channel = https ? tlsChannel(child) : plainChannel(child);
  let response = '';
  channel.stream.setEncoding('latin1').on('data', (text: string) => {
    response = (response + text).slice(0, 64);
    if (response.includes('\n')) kill();
  });
  // An error means that ssh cannot connect, which ends it, or that there is no TLS. The peer may then
  // wait for more bytes, so ssh is killed.
  channel.stream.on('error', () => {
    if (channel.isNotTls()) kill();
  });
  const drained = finished(channel.stream, { writable: false }).catch(() => {});
  channel.stream.write(`GET ${path} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  let noTls = false;
  try {
    const exitCode = await exitCodeOf(child, argv);
    await Promise.race([drained, sleep(drainTimeoutMs, undefined, { ref: false })]);
    // An ssh that exits with 0 has forwarded everything that the peer sent.
    const hungUp = exitCode === 0 && channel.certificate() === undefined;
    noTls = https && (hungUp || channel.isNotTls());
  } finally {
    clearTimeout(timer);
    world.interrupted.removeEventListener('abort', kill);
    channel.stream.destroy();
  }
  const answer = timedOut ? 'timed out' : noTls ? 'no TLS' : answerFrom(status, response, errors);
  return { answer, stderr: errors, certificate: channel.certificate() };
}

/** The connection to Jupyter through ssh's stdin and stdout. */
interface Channel {
  readonly stream: Duplex;
  readonly certificate: () => string | undefined;
  /** Bytes came that are not TLS. */
  readonly isNotTls: () => boolean;
}

function plainChannel(child: ChildProcess): Channel {
  return { stream: pipesOf(child), certificate: () => undefined, isNotTls: () => false };
}

function tlsChannel(child: ChildProcess): Channel {
  const stream = connect({ socket: pipesOf(child), rejectUnauthorized: false });
  let certificate: string | undefined;
  let notTls = false;
  stream.on('secureConnect', () => {
    const { fingerprint256 } = stream.getPeerX509Certificate() ?? {};
    certificate = fingerprint256 === undefined ? undefined : hexOf(fingerprint256);
  });
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    notTls ||= /^(?:EPROTO|ERR_SSL_)/.test(code ?? '');
  });
  return { stream, certificate: () => certificate, isNotTls: () => notTls };
}

/**
 * The stdin and stdout of a process as one stream. `Duplex.from` would drop the last output of a
 * process that closes stdin before it ends.
 */
export function pipesOf({ stdin, stdout }: Pick<ChildProcess, 'stdin' | 'stdout'>): Duplex {
  // A process that closes stdin early gives its reason on stderr.
  stdin?.on('error', () => {});
  const pipes = new Duplex({
    read: () => void stdout?.resume(),
    write: (chunk, encoding, done) => {
      if (stdin?.writable !== true) return done();
      stdin.write(chunk, encoding, () => done());
    },
    final: (done) => {
      stdin?.end();
      done();
    },
  });
  stdout?.on('data', (chunk) => {
    if (!pipes.push(chunk)) stdout.pause();
  });
  stdout?.on('end', () => pipes.push(null));
  stdout?.on('error', () => pipes.push(null));
  return pipes;
}

/** What the first bytes of the response and ssh's stderr mean. */
export function answerFrom(
  status: number,
  response: string,
  errors: readonly string[],
): ProbeReply['answer'] {
  const [, received] = /^HTTP\/1\.[01] (\d+)\b/.exec(response) ?? [];
  if (received === String(status)) return 'answers';
  const text = errors.join('\n');
  const { reason } = sshEnd(errors);
  if (reason === 'beyond proxy') return 'connection';
  if (/open failed: (?:administratively prohibited|unknown channel type)/.test(text)) {
    return 'forwarding refused';
  }
  if (response !== '' || /open failed: /.test(text)) return 'jupyter down';
  const stage = sshStages[reason];
  return stage === 'port' || stage === 'forward' ? 'connection' : stage;
}
