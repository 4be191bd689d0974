import type { World } from '../world.ts';
import { exitOf, keepLast, onLines, ownOptions, start } from './client.ts';
import { optionWords } from './target.ts';
import type { Tunnel } from './tunnel.ts';

/** Why a tunnel's ssh ended. */
export type SshFailure = 'port' | 'host key' | 'login' | 'connection';

export interface ForwardingEnd {
  readonly reason: SshFailure;
  /** The last thing that ssh said; hostile text. */
  readonly lastError: string | undefined;
}

/** An ssh that forwards, or tries to. */
export interface Forwarding {
  /** True once it forwards, false when it ended before. Rejects with CONFIGURATION where there is no ssh. */
  readonly up: Promise<boolean>;
  readonly ended: Promise<ForwardingEnd>;
  readonly stop: () => void;
}

/** ssh tells this with `-v` when the forward is listening and its work begins, since its first versions. */
const begun = /^debug1: Entering interactive session/;
/** What `-v` adds. */
const chatter = /^(?:debug\d: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/;

/** Starts a tunnel's ssh; aborting the signal ends it. */
export function forward(
  tunnel: Tunnel,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  asks: boolean,
): Forwarding {
  const [program = 'ssh', ...words] = tunnel.argv;
  const argv = [program, '-v', ...optionWords(ownOptions(asks)), ...words] as const;
  const child = start(argv, world, ['ignore', 'ignore', 'pipe']);
  const stop = () => void child.kill();
  world.interrupted.addEventListener('abort', stop, { once: true });
  if (world.interrupted.aborted) stop();

  const said: string[] = [];
  const isUp = new Promise<boolean>((resolve) => {
    if (child.stderr === null) return;
    onLines(child.stderr, (line) => {
      if (begun.test(line)) resolve(true);
      if (!chatter.test(line) && line.trim() !== '') keepLast(said, line);
    });
  });
  const ended = exitOf(child, argv).then((): ForwardingEnd => {
    world.interrupted.removeEventListener('abort', stop);
    return { reason: failureReason(said), lastError: said.at(-1) };
  });
  return { up: Promise.race([isUp, ended.then(() => false)]), ended, stop };
}

/** Why ssh ended, by what it said. */
export function failureReason(said: readonly string[]): SshFailure {
  const text = said.join('\n');
  if (/Address already in use|cannot listen to port|Could not request local forw/.test(text)) {
    return 'port';
  }
  if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED/.test(text)) return 'host key';
  return /Permission denied|Too many authentication failures/.test(text) ? 'login' : 'connection';
}
