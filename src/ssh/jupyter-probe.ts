import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { hexOf } from '../fingerprint.ts';
import type { World } from '../world.ts';
import { exitOf, keepLast, onLines, sshArgv, start } from './client.ts';
import { failureReason, type SshFailure } from './forwarding.ts';
import { pipesOf } from './pipes.ts';
import type { SshTarget } from './target.ts';

/** What came of asking Jupyter over ssh. */
export interface ProbeReply {
  /**
   * `jupyter down`: sshd let us in, and nothing answers at the port. `forwards nothing`: this sshd
   * takes no tunnels. `no TLS`: what is at the port speaks none, or hangs up. `late`: nobody said anything in time.
   */
  readonly answer:
    | 'answers'
    | 'jupyter down'
    | 'forwarding refused'
    | 'no TLS'
    | 'timed out'
    | Exclude<SshFailure, 'port'>;
  /** The last thing that ssh said; hostile text. */
  readonly lastError: string | undefined;
  /** SHA-256 of the certificate that was shown, 64 hex digits; undefined where none was. */
  readonly certificate: string | undefined;
}

/** What ssh has handed on is read within that, in ms, once it has ended. */
const lastWords = 500;

/** Where Jupyter is asked, on the VM's own loopback. */
export interface Endpoint {
  readonly port: number;
  /** By https; ssh vouches for the VM, so any certificate will do. */
  readonly https: boolean;
}

/**
 * Asks the Jupyter behind a door for `/api`, which needs no token. It takes no port of this computer
 * and asks for no passphrase. Throws CONFIGURATION where there is no ssh.
 */
export async function probeJupyter(
  target: SshTarget,
  { port, https }: Endpoint,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  patience: number,
): Promise<ProbeReply> {
  const argv = sshArgv(target, { options: ['-W', `127.0.0.1:${port}`], asks: false });
  const child = start(argv, world, ['pipe', 'pipe', 'pipe']);
  const said: string[] = [];
  let late = false;
  const end = () => void child.kill();
  const timer = setTimeout(() => {
    late = true;
    end();
  }, patience);
  world.interrupted.addEventListener('abort', end, { once: true });
  if (child.stderr !== null) onLines(child.stderr, (line) => keepLast(said, line));
  const line = https ? safeLine(child) : plainLine(child);
  let reply = '';
  line.stream.setEncoding('latin1').on('data', (text: string) => {
    reply = (reply + text).slice(0, 64);
    if (reply.includes('\n')) end();
  });
  // An ssh that cannot connect reads nothing, and says why; who speaks no TLS may wait for more.
  line.stream.on('error', () => {
    if (line.isGarbled()) end();
  });
  const over = finished(line.stream, { writable: false }).catch(() => {});
  line.stream.write(`GET /api HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  let noTls = false;
  try {
    // An ssh that ends well has forwarded all that there was.
    const exitCode = await exitOf(child, argv);
    await Promise.race([over, pause(lastWords, undefined, { ref: false })]);
    const hungUp = exitCode === 0 && line.certificate() === undefined;
    noTls = https && (hungUp || line.isGarbled());
  } finally {
    clearTimeout(timer);
    world.interrupted.removeEventListener('abort', end);
    line.stream.destroy();
  }
  const answer = late ? 'timed out' : noTls ? 'no TLS' : answerIn(reply, said);
  return { answer, lastError: said.at(-1), certificate: line.certificate() };
}

/** What is said to Jupyter, and what it says. */
interface Line {
  readonly stream: Duplex;
  readonly certificate: () => string | undefined;
  /** There was an answer, and it was no TLS. */
  readonly isGarbled: () => boolean;
}

function plainLine(child: ChildProcess): Line {
  return { stream: pipesOf(child), certificate: () => undefined, isGarbled: () => false };
}

function safeLine(child: ChildProcess): Line {
  const stream = connect({ socket: plainLine(child).stream, rejectUnauthorized: false });
  let certificate: string | undefined;
  let garbled = false;
  stream.on('secureConnect', () => {
    const { fingerprint256 } = stream.getPeerX509Certificate() ?? {};
    certificate = fingerprint256 === undefined ? undefined : hexOf(fingerprint256);
  });
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    garbled ||= /^(?:EPROTO|ERR_SSL_)/.test(code ?? '');
  });
  return { stream, certificate: () => certificate, isGarbled: () => garbled };
}

function answerIn(reply: string, said: readonly string[]): ProbeReply['answer'] {
  if (/^HTTP\/1\.[01] 200\b/.test(reply)) return 'answers';
  const text = said.join('\n');
  if (/open failed: (?:administratively prohibited|unknown channel type)/.test(text)) {
    return 'forwarding refused';
  }
  if (reply !== '' || /open failed: /.test(text)) return 'jupyter down';
  const reason = failureReason(said);
  return reason === 'port' ? 'connection' : reason;
}
