import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { type Forwarding, forward } from '../../ssh/forwarding.ts';
import type { Tunnel } from '../../ssh/tunnel.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { jupyterAnswers } from '../jupyter/api-check.ts';
import type { Notebook } from '../notebook.ts';
import { isUnderWay, statusOf } from '../status.ts';
import { type TunnelForm, toNotebook } from '../view.ts';
import { tunnelUrl } from './address.ts';
import { failureOf, type Open, openFirst, type Surroundings, tunnelOn } from './open-tunnel.ts';
import { connectTo, type SshConnection } from './ssh-target.ts';

export interface TunnelOptions {
  /** Undefined: the notebook's own, or the next free one. */
  readonly localPort: number | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** How long Jupyter may take to answer behind the tunnel, in ms; 0: it is asked once. */
  readonly wait: number;
  /** Ends the tunnel, as Ctrl-C does. */
  readonly until?: AbortSignal | undefined;
}

/** A tunnel that forwards. */
export interface OpenTunnel {
  /** With the URL and the line of this very tunnel. */
  readonly notebook: Notebook;
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
  /** When it is lost, and when it is open again. */
  readonly turned?: (state: 'open' | 'down') => void;
}

const firstPause = 1_000;
const maxPauseMs = 30_000;
/** A tunnel that could not be opened again for so long is given up; sleep does not count. */
const longestOutage = 3_600_000;

/**
 * Opens a tunnel and keeps it open until the world is interrupted: when the network drops, it is opened
 * again. Throws when it cannot be opened at all, and when the VM was stopped or deleted meanwhile.
 */
export async function keepTunnel(
  deps: Deps,
  reached: SshConnection,
  wish: TunnelOptions,
  listener: TunnelListener,
): Promise<void> {
  const world = surroundings(deps, wish);
  const first = await openFirst(deps, reached, wish, world, listener.tell);
  if (first === undefined) return;
  const { localPort } = first;
  let { forwarding } = first;
  try {
    await listener.opened(await introduce(deps, reached, first, wish.wait));
    for (;;) {
      const { lastError } = await forwarding.ended;
      if (world.interrupted.aborted) return;
      listener.turned?.('down');
      const why = lastError === undefined ? '' : ` (${lastError})`;
      listener.tell(`The tunnel to ${reached.name} is down${why}; trying to open it again.`);
      const again = await reopen(deps, reached, { ...wish, localPort }, world);
      if (again === undefined) return;
      forwarding = again;
      listener.turned?.('open');
      listener.tell(`The tunnel to ${reached.name} is open again.`);
    }
  } finally {
    forwarding.stop();
  }
}

function surroundings({ world }: Deps, { until }: TunnelOptions): Surroundings {
  const { environment, cwd, interrupted } = world;
  const signal = until === undefined ? interrupted : AbortSignal.any([interrupted, until]);
  return { environment, cwd, interrupted: signal };
}

async function introduce(
  deps: Deps,
  { server }: SshConnection,
  { forwarding, localPort }: Open,
  wait: number,
): Promise<OpenTunnel> {
  const { world } = deps;
  const deadline = world.now().getTime() + wait;
  const url = tunnelUrl(server, deps.settings.notebook, localPort);
  const [notebook, answers] = await Promise.all([
    toNotebook(deps, server, { localPort }),
    Promise.race([jupyterAnswers({ world, deadline }, url), forwarding.ended.then(() => false)]),
  ]);
  return { notebook, localPort, url, answers };
}

/** Keeps a tunnel to a notebook by name or UUID open until the world is interrupted. */
export async function openTunnel(
  deps: Deps,
  reference: string,
  options: TunnelOptions,
  listener: TunnelListener,
): Promise<void> {
  return tunnelTo(deps, await find(deps, reference), options, listener);
}

/** The same for a server that was just read. */
export async function tunnelTo(
  deps: Deps,
  server: Server,
  options: TunnelOptions,
  listener: TunnelListener,
): Promise<void> {
  return keepTunnel(deps, await connectTo(deps, server), options, listener);
}

/** The line that somebody else may paste, for one of the shells. */
export async function tunnelLine(
  deps: Deps,
  reference: string,
  form: TunnelForm,
): Promise<Tunnel | null> {
  const { tunnel } = await toNotebook(deps, await find(deps, reference), form);
  return tunnel;
}

/** Undefined when it was interrupted. */
async function reopen(
  deps: Deps,
  before: SshConnection,
  { localPort, asks }: TunnelOptions & { readonly localPort: number },
  surrounding: Surroundings,
): Promise<Forwarding | undefined> {
  const { world } = deps;
  const { interrupted } = surrounding;
  let pause = firstPause;
  for (let outage = 0; outage < longestOutage; outage += pause) {
    await world.sleep(pause * (0.8 + world.random() * 0.4), interrupted).catch(() => {});
    if (interrupted.aborted) return undefined;
    pause = Math.min(maxPauseMs, pause * 2);
    const reached = await lookAgain(deps, before);
    const forwarding = forward(tunnelOn(deps, reached, localPort), surrounding, asks);
    if (await forwarding.up) return forwarding;
    if (interrupted.aborted) return undefined;
    const ended = await forwarding.ended;
    if (ended.reason !== 'connection') throw await failureOf(deps, reached, ended);
  }
  throw new NubesError('UNREACHABLE', `${before.name} could not be reached for an hour.`, {
    hint: `nubes-nb tunnel ${before.name} tries again.`,
  });
}

/** The VM may have another address now, or be gone; whoever is offline cannot tell. */
async function lookAgain(deps: Deps, before: SshConnection): Promise<SshConnection> {
  try {
    const server = await find(deps, before.server.id);
    return isUnderWay(statusOf(server)) ? before : await connectTo(deps, server);
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    if (error.code === 'WRONG_STATE') throw error;
    if (error.code !== 'NOT_FOUND') return before;
    throw new NubesError('NOT_FOUND', `${before.name} was deleted; its tunnel is closed.`);
  }
}
