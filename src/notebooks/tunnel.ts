import { NubesError } from '../errors.ts';
import { type Ended, type Forwarding, forward } from '../ssh/forwarding.ts';
import { freePort, isFree, keepPort, readPorts, usualPort } from '../ssh/local-port.ts';
import { type Tunnel, tunnelTo } from '../ssh/tunnel.ts';
import { portsFile, remotePortOf, tunnelUrl } from './access.ts';
import { jupyterAnswers } from './jupyter.ts';
import type { Desk } from './notebooks.ts';
import { type Reach, reach, reachServer, unreachable } from './reach.ts';
import { find } from './search.ts';
import { isUnderWay, statusOf } from './state.ts';
import { ownShell, presented, type TunnelForm } from './view.ts';

export interface TunnelWish {
  /** Undefined: the notebook's own, or the next free one. */
  readonly localPort: number | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** How long Jupyter may take to answer behind the tunnel, in ms; 0: it is asked once. */
  readonly patience: number;
}

/** A tunnel that forwards. */
export interface OpenTunnel {
  /** The server's. */
  readonly id: string;
  readonly name: string;
  readonly localPort: number;
  /** Jupyter behind it, without the token. */
  readonly url: string;
  /** Jupyter answers behind it. */
  readonly answers: boolean;
}

/** Told how the tunnel fares. */
export interface TunnelListener {
  /** Once, when it is open for the first time. */
  readonly opened: (open: OpenTunnel) => Promise<void>;
  readonly tell: (text: string) => void;
}

const firstPause = 1_000;
const longestPause = 30_000;
/** A tunnel that could not be opened again for so long is given up. */
const longestOutage = 3_600_000;
const mostPorts = 5;

/**
 * Opens a tunnel and keeps it open until the world is interrupted: when the network drops, it is opened
 * again. Throws when it cannot be opened at all, and when the VM was stopped or deleted meanwhile.
 */
export async function keepTunnel(
  desk: Desk,
  reference: string,
  wish: TunnelWish,
  listener: TunnelListener,
): Promise<void> {
  const { interrupted } = desk.world;
  const reached = await reach(desk, reference);
  const first = await openFirst(desk, reached, wish, listener.tell);
  if (first === undefined) return;
  const { localPort } = first.tunnel;
  let { forwarding } = first;
  try {
    await listener.opened(await introduce(desk, reached, first, wish.patience));
    for (;;) {
      const { said } = await forwarding.ended;
      if (interrupted.aborted) return;
      const why = said === undefined ? '' : ` (${said})`;
      listener.tell(`The tunnel to ${reached.name} is down${why}; trying to open it again.`);
      const again = await reopen(desk, reached, { ...wish, localPort });
      if (again === undefined) return;
      forwarding = again;
      listener.tell(`The tunnel to ${reached.name} is open again.`);
    }
  } finally {
    forwarding.stop();
  }
}

async function introduce(
  { world, settings }: Desk,
  { name, server }: Reach,
  { forwarding, tunnel: { localPort } }: Open,
  patience: number,
): Promise<OpenTunnel> {
  const deadline = world.now().getTime() + patience;
  const url = tunnelUrl(server, settings.notebook, localPort);
  const answers = await Promise.race([
    jupyterAnswers({ world, deadline }, url),
    forwarding.ended.then(() => false),
  ]);
  return { id: server.id, name, localPort, url, answers };
}

/** The line that somebody else may paste, for one of the shells. */
export async function tunnelLine(
  desk: Desk,
  reference: string,
  form: TunnelForm,
): Promise<Tunnel | null> {
  const { tunnel } = await presented(desk, await find(desk, reference), form);
  return tunnel;
}

interface Open {
  readonly forwarding: Forwarding;
  readonly tunnel: Tunnel;
}

/** Undefined when it was interrupted. */
async function openFirst(
  desk: Desk,
  reached: Reach,
  wish: TunnelWish,
  tell: (text: string) => void,
): Promise<Open | undefined> {
  let after: number | undefined;
  for (let attempt = 0; attempt < mostPorts; attempt += 1) {
    const localPort = await choosePort(desk, reached, wish.localPort, after, tell);
    const tunnel = tunnelOn(desk, reached, localPort);
    const forwarding = forward(tunnel, desk.world, wish.asks);
    if (await forwarding.up) {
      await remember(desk, reached, localPort);
      return { forwarding, tunnel };
    }
    if (desk.world.interrupted.aborted) return undefined;
    const ended = await forwarding.ended;
    if (ended.reason !== 'port') throw await failureOf(reached, ended);
    after = localPort;
  }
  throw noPort();
}

/** Undefined when it was interrupted. */
async function reopen(
  desk: Desk,
  before: Reach,
  { localPort = usualPort(before.server.id), asks }: TunnelWish,
): Promise<Forwarding | undefined> {
  const { world } = desk;
  const began = world.now().getTime();
  let pause = firstPause;
  while (world.now().getTime() - began < longestOutage) {
    await world.sleep(pause * (0.8 + world.random() * 0.4), world.interrupted).catch(() => {});
    if (world.interrupted.aborted) return undefined;
    pause = Math.min(longestPause, pause * 2);
    const reached = await lookAgain(desk, before);
    const forwarding = forward(tunnelOn(desk, reached, localPort), world, asks);
    if (await forwarding.up) return forwarding;
    if (world.interrupted.aborted) return undefined;
    const ended = await forwarding.ended;
    if (ended.reason !== 'connection') throw await failureOf(reached, ended);
  }
  throw new NubesError('UNREACHABLE', `${before.name} could not be reached for an hour.`, {
    hint: `nubes-nb tunnel ${before.name} tries again.`,
  });
}

/** The VM may have another address now, or be gone; whoever is offline cannot tell. */
async function lookAgain(desk: Desk, before: Reach): Promise<Reach> {
  try {
    const server = await find(desk, before.server.id);
    return isUnderWay(statusOf(server)) ? before : await reachServer(desk, server);
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    if (error.code === 'WRONG_STATE') throw error;
    if (error.code !== 'NOT_FOUND') return before;
    throw new NubesError('NOT_FOUND', `${before.name} was deleted; its tunnel is closed.`);
  }
}

function tunnelOn(desk: Desk, { server, target }: Reach, localPort: number): Tunnel {
  const remotePort = remotePortOf(server, desk.settings.notebook.port);
  return tunnelTo(target, { localPort, remotePort }, ownShell(desk));
}

/** Throws CONFLICT when the port that was asked for, or every other one, is taken. */
async function choosePort(
  { stateFolder }: Desk,
  { server, name }: Reach,
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
  const usual = (await readPorts(portsFile(stateFolder)))[server.id] ?? usualPort(server.id);
  const port = await freePort(after === undefined ? usual : after + 1);
  if (port === undefined) throw noPort();
  if (port !== usual) {
    tell(`Port ${usual} is taken on this computer; the tunnel to ${name} uses ${port}.`);
  }
  return port;
}

async function remember({ stateFolder, warn }: Desk, reached: Reach, port: number): Promise<void> {
  await keepPort(portsFile(stateFolder), reached.server.id, port).catch(() => {
    warn(`the port of ${reached.name} cannot be written to the state folder.`);
  });
}

function noPort(): NubesError {
  return new NubesError('CONFLICT', 'No port of this computer could be had for the tunnel.', {
    hint: '--local-port names one.',
  });
}

async function failureOf(reached: Reach, { reason, said }: Ended): Promise<NubesError> {
  const { name, target } = reached;
  switch (reason) {
    case 'port':
      return noPort();
    case 'host key':
      return new NubesError(
        'UNREACHABLE',
        `${target.host} shows another host key than the VM of ${name} told on its console; nothing was sent there.`,
        {
          hint: `if the VM was rebuilt, nubes-nb start ${name} reads its new key; else ask your cloud team.`,
        },
      );
    case 'login':
      return new NubesError(
        'UNREACHABLE',
        `sshd of ${name} takes none of your SSH keys for the account ${target.user} (${said}).`,
        {
          hint: `set notebook.key_file to the key that ${name} was created with, or add it to your agent: ssh-add FILE.`,
        },
      );
    case 'connection':
      return unreachable(reached, said);
  }
}
