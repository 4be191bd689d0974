import { NubesError } from '../../errors.ts';
import { type Forwarding, type ForwardingEnd, forward } from '../../ssh/forwarding.ts';
import { defaultPort, findFreePort, isFree, readPorts, savePort } from '../../ssh/local-port.ts';
import { type Tunnel, tunnelTo } from '../../ssh/tunnel.ts';
import type { World } from '../../world.ts';
import type { Deps } from '../deps.ts';
import { ownShell } from '../view.ts';
import { portsFile, remotePortOf } from './address.ts';
import { authenticationFailed, hostKeyChanged, unreachable } from './diagnose.ts';
import type { SshConnection } from './ssh-target.ts';
import type { TunnelOptions } from './tunnel.ts';

/** An ssh that forwards, on a port of this computer. */
export interface Open {
  readonly forwarding: Forwarding;
  readonly localPort: number;
}

/** What a tunnel's ssh is run in; its signal ends it. */
export type Surroundings = Pick<World, 'environment' | 'cwd' | 'interrupted'>;

const mostPorts = 5;

/** Undefined when it was interrupted. Throws when the tunnel cannot be opened. */
export async function openFirst(
  deps: Deps,
  reached: SshConnection,
  wish: TunnelOptions,
  world: Surroundings,
  tell: (text: string) => void,
): Promise<Open | undefined> {
  let after: number | undefined;
  for (let attempt = 0; attempt < mostPorts; attempt += 1) {
    const localPort = await choosePort(deps, reached, wish.localPort, after, tell);
    const forwarding = forward(tunnelOn(deps, reached, localPort), world, wish.asks);
    if (await forwarding.up) {
      await remember(deps, reached, localPort);
      return { forwarding, localPort };
    }
    if (world.interrupted.aborted) return undefined;
    const ended = await forwarding.ended;
    if (ended.reason !== 'port') throw await failureOf(deps, reached, ended);
    after = localPort;
  }
  throw noPort();
}

export function tunnelOn(deps: Deps, { server, target }: SshConnection, localPort: number): Tunnel {
  const remotePort = remotePortOf(server, deps.settings.notebook.port);
  return tunnelTo(target, { localPort, remotePort }, ownShell(deps));
}

/** Throws CONFLICT when the port that was asked for, or every other one, is taken. */
async function choosePort(
  { stateFolder }: Deps,
  { server, name }: SshConnection,
  asked: number | undefined,
  after: number | undefined,
  tell: (text: string) => void,
): Promise<number> {
  if (asked !== undefined) {
    if (asked !== after && (await isFree(asked))) return asked;
    throw new NubesError('CONFLICT', `Port ${asked} of this computer cannot be had.`, {
      hint: 'another program has it, or it needs more rights; leave --local-port out to use a free one.',
    });
  }
  const usual = (await readPorts(portsFile(stateFolder)))[server.id] ?? defaultPort(server.id);
  const port = await findFreePort(after === undefined ? usual : after + 1);
  if (port === undefined) throw noPort();
  if (port !== usual) {
    tell(`Port ${usual} is taken on this computer; the tunnel to ${name} uses ${port}.`);
  }
  return port;
}

async function remember(
  { stateFolder, warn }: Deps,
  reached: SshConnection,
  port: number,
): Promise<void> {
  await savePort(portsFile(stateFolder), reached.server.id, port).catch(() => {
    warn(`the port of ${reached.name} cannot be written to the state folder.`);
  });
}

function noPort(): NubesError {
  return new NubesError('CONFLICT', 'No port of this computer could be had for the tunnel.', {
    hint: '--local-port names one.',
  });
}

export async function failureOf(
  deps: Deps,
  reached: SshConnection,
  { reason, lastError }: ForwardingEnd,
): Promise<NubesError> {
  switch (reason) {
    case 'port':
      return noPort();
    case 'host key':
      return hostKeyChanged(reached);
    case 'login':
      return authenticationFailed(reached, lastError);
    case 'connection':
      return unreachable(deps, reached, lastError);
  }
}
