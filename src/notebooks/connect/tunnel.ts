import { NubesError } from '../../errors.ts';
import { type Forwarding, forward } from '../../ssh/forwarding.ts';
import type { Tunnel } from '../../ssh/tunnel.ts';
import type { Desk } from '../deps.ts';
import { find } from '../find.ts';
import { jupyterAnswers } from '../jupyter/api-check.ts';
import type { Notebook } from '../notebook.ts';
import { isUnderWay, statusOf } from '../status.ts';
import { presented, type TunnelForm } from '../view.ts';
import { tunnelUrl } from './address.ts';
import { failureOf, type Open, openFirst, type Surroundings, tunnelOn } from './open-tunnel.ts';
import { type Reach, reachServer } from './ssh-target.ts';

export interface TunnelWish {
  /** Undefined: the notebook's own, or the next free one. */
  readonly localPort: number | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** How long Jupyter may take to answer behind the tunnel, in ms; 0: it is asked once. */
  readonly patience: number;
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
const longestPause = 30_000;
/** A tunnel that could not be opened again for so long is given up; sleep does not count. */
const longestOutage = 3_600_000;

/**
 * Opens a tunnel and keeps it open until the world is interrupted: when the network drops, it is opened
 * again. Throws when it cannot be opened at all, and when the VM was stopped or deleted meanwhile.
 */
export async function keepTunnel(
  desk: Desk,
  reached: Reach,
  wish: TunnelWish,
  listener: TunnelListener,
): Promise<void> {
  const world = surroundings(desk, wish);
  const first = await openFirst(desk, reached, wish, world, listener.tell);
  if (first === undefined) return;
  const { localPort } = first;
  let { forwarding } = first;
  try {
    await listener.opened(await introduce(desk, reached, first, wish.patience));
    for (;;) {
      const { said } = await forwarding.ended;
      if (world.interrupted.aborted) return;
      listener.turned?.('down');
      const why = said === undefined ? '' : ` (${said})`;
      listener.tell(`The tunnel to ${reached.name} is down${why}; trying to open it again.`);
      const again = await reopen(desk, reached, { ...wish, localPort }, world);
      if (again === undefined) return;
      forwarding = again;
      listener.turned?.('open');
      listener.tell(`The tunnel to ${reached.name} is open again.`);
    }
  } finally {
    forwarding.stop();
  }
}

function surroundings({ world }: Desk, { until }: TunnelWish): Surroundings {
  const { environment, cwd, interrupted } = world;
  const signal = until === undefined ? interrupted : AbortSignal.any([interrupted, until]);
  return { environment, cwd, interrupted: signal };
}

async function introduce(
  desk: Desk,
  { server }: Reach,
  { forwarding, localPort }: Open,
  patience: number,
): Promise<OpenTunnel> {
  const { world } = desk;
  const deadline = world.now().getTime() + patience;
  const url = tunnelUrl(server, desk.settings.notebook, localPort);
  const [notebook, answers] = await Promise.all([
    presented(desk, server, { localPort }),
    Promise.race([jupyterAnswers({ world, deadline }, url), forwarding.ended.then(() => false)]),
  ]);
  return { notebook, localPort, url, answers };
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

/** Undefined when it was interrupted. */
async function reopen(
  desk: Desk,
  before: Reach,
  { localPort, asks }: TunnelWish & { readonly localPort: number },
  surrounding: Surroundings,
): Promise<Forwarding | undefined> {
  const { world } = desk;
  const { interrupted } = surrounding;
  let pause = firstPause;
  for (let outage = 0; outage < longestOutage; outage += pause) {
    await world.sleep(pause * (0.8 + world.random() * 0.4), interrupted).catch(() => {});
    if (interrupted.aborted) return undefined;
    pause = Math.min(longestPause, pause * 2);
    const reached = await lookAgain(desk, before);
    const forwarding = forward(tunnelOn(desk, reached, localPort), surrounding, asks);
    if (await forwarding.up) return forwarding;
    if (interrupted.aborted) return undefined;
    const ended = await forwarding.ended;
    if (ended.reason !== 'connection') throw await failureOf(desk, reached, ended);
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
