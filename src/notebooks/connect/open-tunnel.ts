import { NubesError, sentence } from '../../errors.ts';
import {
  type ForeignForward,
  type Forwarding,
  type ForwardingEnd,
  forward,
} from '../../ssh/forwarding.ts';
import { defaultPort, findFreePort, isFree, readPorts, savePort } from '../../ssh/local-port.ts';
import { type Tunnel, tunnelTo } from '../../ssh/tunnel.ts';
import type { World } from '../../world.ts';
import { remotePortOf } from '../address.ts';
import type { Deps } from '../deps.ts';
import { portsFile } from '../local-state.ts';
import { ownShell } from '../notebook.ts';
import type { SshConnection } from './ssh-connection.ts';
import { sshFailure, withConfigFile } from './ssh-failure.ts';

export interface OpenOptions {
  /** Undefined: the notebook's own, or the next free one. */
  readonly localPort: number | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

/** An ssh that forwards a local port. */
export interface ForwardedPort {
  readonly forwarding: Forwarding;
  readonly localPort: number;
}

/** The environment of a tunnel's ssh; the signal ends it. */
export type TunnelWorld = Pick<World, 'environment' | 'cwd' | 'interrupted'>;

const maxPortAttempts = 5;

/** Undefined if it was interrupted. Throws if the tunnel cannot be opened. */
export async function openOnFreePort(
  deps: Deps,
  connection: SshConnection,
  options: OpenOptions,
  world: TunnelWorld,
  onMessage: (text: string) => void,
): Promise<ForwardedPort | undefined> {
  let takenPort: number | undefined;
  for (let attempt = 0; attempt < maxPortAttempts; attempt += 1) {
    const localPort = await choosePort(deps, connection, options.localPort, takenPort, onMessage);
    const forwarding = forward(tunnelOn(deps, connection, localPort), world, options.asks);
    if (await forwarding.up) {
      await rememberPort(deps, connection, localPort);
      return { forwarding, localPort };
    }
    if (world.interrupted.aborted) return undefined;
    const end = await forwarding.ended;
    if (end.stage !== 'port') throw await forwardingError(deps, connection, end);
    takenPort = localPort;
  }
  throw noFreePort();
}

export function tunnelOn(deps: Deps, connection: SshConnection, localPort: number): Tunnel {
  const remotePort = remotePortOf(connection.server, deps.settings.notebook.port);
  return tunnelTo(connection, { localPort, remotePort }, ownShell(deps.world));
}

/** `takenPort` was tried in vain. Throws CONFLICT if the requested port, or every other one, is taken. */
async function choosePort(
  { stateFolder }: Deps,
  { server, name }: SshConnection,
  requested: number | undefined,
  takenPort: number | undefined,
  onMessage: (text: string) => void,
): Promise<number> {
  if (requested !== undefined) {
    if (requested !== takenPort && (await isFree(requested))) return requested;
    throw new NubesError('CONFLICT', `Local port ${requested} cannot be used.`, {
      hint: 'another program uses it, or it requires more rights; omit --local-port to use a free one',
    });
  }
  const usual = (await readPorts(portsFile(stateFolder)))[server.id] ?? defaultPort(server.id);
  const port = await findFreePort(takenPort === undefined ? usual : takenPort + 1);
  if (port === undefined) throw noFreePort();
  if (port !== usual) {
    onMessage(`Local port ${usual} is taken; the tunnel to ${name} uses ${port}.`);
  }
  return port;
}

async function rememberPort(
  { stateFolder, world, warn }: Deps,
  { server, name }: SshConnection,
  port: number,
): Promise<void> {
  await savePort(portsFile(stateFolder), server.id, port, world.interrupted).catch(() => {
    warn(`the port of ${name} cannot be written to the state folder.`);
  });
}

function noFreePort(): NubesError {
  return new NubesError('CONFLICT', 'No free local port found for the tunnel.', {
    hint: 'choose one with --local-port',
  });
}

function foreignForwardFailed(
  { name, target }: SshConnection,
  { option, reason, isRemote }: ForeignForward,
): NubesError {
  const local =
    reason === undefined ? 'that port is taken.' : `ssh cannot open it: ${sentence(reason, '')}`;
  const why = isRemote ? `sshd of ${name} refuses it.` : local;
  const message = `The tunnel to ${name} cannot be opened: your ssh configuration sets ${option} for it, and ${why}`;
  const end = reason === undefined ? 'end the program at that port, or ' : '';
  return new NubesError('CONFLICT', message, {
    hint: `${end}remove the option for ${target.host} from ~/.ssh/config`,
  });
}

export async function forwardingError(
  deps: Deps,
  connection: SshConnection,
  { stage, stderr, forward: foreign }: ForwardingEnd,
): Promise<NubesError> {
  if (foreign !== undefined) return withConfigFile(deps, foreignForwardFailed(connection, foreign));
  if (stage === 'port') return noFreePort();
  return sshFailure(deps, connection, stderr);
}
