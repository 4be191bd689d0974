import type { World } from '../world.ts';
import { addToTail, exitCodeOf, isVerbose, onLines, spawnProgram } from './client.ts';
import { type SshStage, sshEnd, sshStages } from './failure.ts';
import type { Tunnel } from './tunnel.ts';

export interface ForwardingEnd {
  readonly stage: SshStage;
  /** ssh's lines on stderr; untrusted text. */
  readonly stderr: readonly string[];
  /** The forward of the user's ssh configuration that failed. */
  readonly forward: ForeignForward | undefined;
}

/** A forward that the tunnel did not ask for. */
export interface ForeignForward {
  /** As the user has written it, e.g. `RemoteForward 52698`. */
  readonly option: string;
  /** Why it failed, in the words of ssh; untrusted text. Undefined: a port of this computer is taken, or sshd gives none. */
  readonly reason: string | undefined;
  /** sshd refuses it. */
  readonly isRemote: boolean;
}

/** The ssh process of a tunnel. */
export interface Forwarding {
  /** True once it forwards, false if it ended before. Rejects with CONFIGURATION if ssh is not installed. */
  readonly up: Promise<boolean>;
  readonly ended: Promise<ForwardingEnd>;
  readonly stop: () => void;
}

/** Every OpenSSH prints this with `-v` once the forward is listening, and before sshd answers about remote ones. */
const forwardingStarted = /^debug1: Entering interactive session/;
/** With `-v` the ssh of a jump host prints its lines as well, so those of the tunnel's come after this one. */
const proxyStarted = /^debug1: Executing proxy command/;
const remoteAsked = /^debug1: Remote connections from /;
const remoteOpen = /^debug1: remote forward success for: /;
const listening = /^debug1: Local forwarding listening on /;

/** Starts the ssh of a tunnel; aborting the signal kills it. */
export function forward(
  tunnel: Tunnel,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  asks: boolean,
): Forwarding {
  const [program = 'ssh', ...args] = tunnel.argv;
  const batch = asks ? [] : ['-o', 'BatchMode=yes'];
  const argv = [program, '-v', '-o', 'ConnectTimeout=15', ...batch, ...args] as const;
  const child = spawnProgram(argv, world, ['ignore', 'ignore', 'pipe']);
  const stop = () => void child.kill();
  world.interrupted.addEventListener('abort', stop, { once: true });
  if (world.interrupted.aborted) stop();

  const errors: string[] = [];
  const isUp = new Promise<boolean>((resolve) => {
    if (child.stderr === null) return;
    let isOwn = true;
    let isStarted = false;
    // A refused one ends ssh, which would look like a lost connection.
    let unansweredRemotes = 0;
    onLines(child.stderr, (line) => {
      if (proxyStarted.test(line)) isOwn = false;
      if (listening.test(line)) isOwn = true;
      if (remoteAsked.test(line)) unansweredRemotes += 1;
      if (remoteOpen.test(line)) unansweredRemotes -= 1;
      if (isOwn && forwardingStarted.test(line)) isStarted = true;
      if (isStarted && unansweredRemotes <= 0) resolve(true);
      if (!isVerbose(line) && line.trim() !== '') addToTail(errors, line);
    });
  });
  const ended = exitCodeOf(child, argv).then((): ForwardingEnd => {
    world.interrupted.removeEventListener('abort', stop);
    const foreign = foreignForward(errors, tunnel.localPort);
    return {
      stage: foreign === undefined ? sshStages[sshEnd(errors).reason] : 'forward',
      stderr: errors,
      forward: foreign,
    };
  });
  return { up: Promise.race([isUp, ended.then(() => false)]), ended, stop };
}

function foreignForward(errors: readonly string[], localPort: number): ForeignForward | undefined {
  const text = errors.join('\n');
  const [, remote] = /remote port forwarding failed for listen (?:port|path) (.+)/.exec(text) ?? [];
  if (remote !== undefined) {
    return { option: `RemoteForward ${remote}`, reason: undefined, isRemote: true };
  }
  const [, path, why] = /^unix_listener: cannot bind to path (.+?): (.+)/m.exec(text) ?? [];
  if (path !== undefined) return { option: `LocalForward ${path}`, reason: why, isRemote: false };
  const [, port] = /cannot listen to port: (\d+)/.exec(text) ?? [];
  if (port === undefined || Number(port) === localPort) return undefined;
  const [, reason] =
    new RegExp(`^bind .*:${port}: (?!Address already in use)(.+)`, 'm').exec(text) ?? [];
  return { option: `LocalForward or DynamicForward ${port}`, reason, isRemote: false };
}
