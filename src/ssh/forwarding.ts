import type { World } from '../world.ts';
import { addToTail, exitCodeOf, onLines, processOptions, spawnProgram } from './client.ts';
import { optionArgs } from './target.ts';
import type { Tunnel } from './tunnel.ts';

export type SshFailure = 'port' | 'host key' | 'login' | 'connection';

export interface ForwardingEnd {
  readonly reason: SshFailure;
  /** ssh's last line on stderr; untrusted text. */
  readonly lastError: string | undefined;
}

/** The ssh process of a tunnel. */
export interface Forwarding {
  /** True once it forwards, false if it ended before. Rejects with CONFIGURATION if ssh is not installed. */
  readonly up: Promise<boolean>;
  readonly ended: Promise<ForwardingEnd>;
  readonly stop: () => void;
}

/** Every OpenSSH prints this with `-v` once the forward is listening. */
const forwardingStarted = /^debug1: Entering interactive session/;
/** Lines that only `-v` adds. */
const verboseLine = /^(?:debug\d: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/;

/** Starts the ssh of a tunnel; aborting the signal kills it. */
export function forward(
  tunnel: Tunnel,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  asks: boolean,
): Forwarding {
  const [program = 'ssh', ...args] = tunnel.argv;
  const argv = [program, '-v', ...optionArgs(processOptions(asks)), ...args] as const;
  const child = spawnProgram(argv, world, ['ignore', 'ignore', 'pipe']);
  const stop = () => void child.kill();
  world.interrupted.addEventListener('abort', stop, { once: true });
  if (world.interrupted.aborted) stop();

  const errors: string[] = [];
  const isUp = new Promise<boolean>((resolve) => {
    if (child.stderr === null) return;
    onLines(child.stderr, (line) => {
      if (forwardingStarted.test(line)) resolve(true);
      if (!verboseLine.test(line) && line.trim() !== '') addToTail(errors, line);
    });
  });
  const ended = exitCodeOf(child, argv).then((): ForwardingEnd => {
    world.interrupted.removeEventListener('abort', stop);
    return { reason: failureReason(errors), lastError: errors.at(-1) };
  });
  return { up: Promise.race([isUp, ended.then(() => false)]), ended, stop };
}

/** Why ssh failed, by its lines on stderr. */
export function failureReason(errors: readonly string[]): SshFailure {
  const text = errors.join('\n');
  if (/Address already in use|cannot listen to port|Could not request local forw/.test(text)) {
    return 'port';
  }
  if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED/.test(text)) return 'host key';
  return /Permission denied|Too many authentication failures/.test(text) ? 'login' : 'connection';
}
