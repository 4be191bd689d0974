import type { World } from '../context.ts';
import { exitOf, keepLast, onLines, sshArgv, start } from './client.ts';
import { type Reason, reasonIn } from './forwarding.ts';
import type { SshTarget } from './target.ts';

/** What came of asking Jupyter over ssh. */
export interface Heard {
  /**
   * `jupyter down`: sshd let us in, and nothing answers at the port. `forwards nothing`: this sshd
   * takes no tunnels. `late`: nobody said anything in time.
   */
  readonly answer:
    | 'answers'
    | 'jupyter down'
    | 'forwards nothing'
    | 'late'
    | Exclude<Reason, 'port'>;
  /** The last thing that ssh said; hostile text. */
  readonly said: string | undefined;
}

/**
 * Asks the Jupyter behind a port of the VM's own loopback for `/api`, which needs no token. It takes no
 * port of this computer and asks for no passphrase. Throws CONFIGURATION where there is no ssh.
 */
export async function askJupyter(
  target: SshTarget,
  port: number,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  patience: number,
): Promise<Heard> {
  const argv = sshArgv(target, { options: ['-W', `127.0.0.1:${port}`], asks: false });
  const child = start(argv, world, ['pipe', 'pipe', 'pipe']);
  const said: string[] = [];
  let reply = '';
  let late = false;
  const end = () => void child.kill();
  const timer = setTimeout(() => {
    late = true;
    end();
  }, patience);
  world.interrupted.addEventListener('abort', end, { once: true });
  if (child.stderr !== null) onLines(child.stderr, (line) => keepLast(said, line));
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    reply = (reply + text).slice(0, 64);
    if (reply.includes('\n')) end();
  });
  // An ssh that cannot connect reads nothing.
  child.stdin?.on('error', () => {});
  child.stdin?.write(`GET /api HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  try {
    await exitOf(child, argv);
  } finally {
    clearTimeout(timer);
    world.interrupted.removeEventListener('abort', end);
  }
  return { answer: late ? 'late' : answerIn(reply, said), said: said.at(-1) };
}

function answerIn(reply: string, said: readonly string[]): Heard['answer'] {
  if (/^HTTP\/1\.[01] 200\b/.test(reply)) return 'answers';
  const text = said.join('\n');
  if (/open failed: (?:administratively prohibited|unknown channel type)/.test(text)) {
    return 'forwards nothing';
  }
  if (reply !== '' || /open failed: /.test(text)) return 'jupyter down';
  const reason = reasonIn(said);
  return reason === 'port' ? 'connection' : reason;
}
