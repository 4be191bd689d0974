import { NubesError } from '../../errors.ts';
import { isLoopback } from '../../loopback.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { ConnectionError } from '../../openstack/errors.ts';
import { type Forwarding, forward } from '../../ssh/forwarding.ts';
import type { Tunnel } from '../../ssh/tunnel.ts';
import { tunnelUrl } from '../address.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { answersThroughTunnel } from '../jupyter-api.ts';
import { type Notebook, type TunnelForm, toNotebook } from '../notebook.ts';
import { isUnderWay, statusOf } from '../status.ts';
import {
  type ForwardedPort,
  forwardingError,
  type OpenOptions,
  openOnFreePort,
  type TunnelWorld,
  tunnelOn,
} from './open-tunnel.ts';
import { connectTo, type SshConnection } from './ssh-target.ts';

export interface TunnelOptions extends OpenOptions {
  /** Limit for Jupyter to answer through the tunnel; 0: check once. */
  readonly jupyterTimeoutMs: number;
  /** Ends the tunnel, as Ctrl-C does. */
  readonly stopSignal?: AbortSignal | undefined;
}

/** A tunnel that forwards. */
export interface OpenTunnel {
  /** With the URL and the ssh command of this tunnel. */
  readonly notebook: Notebook;
  readonly localPort: number;
  /** Jupyter through the tunnel, without the token. */
  readonly url: string;
  /** Jupyter answers through the tunnel. */
  readonly answers: boolean;
}

export interface TunnelListener {
  /** Called once, when the tunnel is first open. */
  readonly onOpen: (tunnel: OpenTunnel) => Promise<void>;
  readonly onMessage: (text: string) => void;
  /** Called when the tunnel is lost, and when it is open again. */
  readonly onStateChange?: (state: 'open' | 'down') => void;
}

const firstPauseMs = 1_000;
const maxPauseMs = 30_000;
/** The tunnel is given up after this time in attempts to open it again; sleep of the computer does not count. */
const maxOutageMs = 3_600_000;

/**
 * Opens a tunnel to a notebook by name or UUID and keeps it open until an interruption; if the network
 * drops, it is opened again. Throws if it cannot be opened at all, or the VM was stopped or deleted meanwhile.
 */
export async function openTunnel(
  deps: Deps,
  reference: string,
  options: TunnelOptions,
  listener: TunnelListener,
): Promise<void> {
  return openTunnelTo(deps, await find(deps, reference), options, listener);
}

/** The same for a server that was just read. */
export async function openTunnelTo(
  deps: Deps,
  server: Server,
  options: TunnelOptions,
  listener: TunnelListener,
): Promise<void> {
  const connection = await connectTo(deps, server);
  const { name } = connection;
  const world = worldOf(deps, options);
  const first = await openOnFreePort(deps, connection, options, world, listener.onMessage);
  if (first === undefined) return;
  const { localPort } = first;
  let { forwarding } = first;
  try {
    await listener.onOpen(await describeTunnel(deps, connection, first, options.jupyterTimeoutMs));
    for (;;) {
      const { stderr } = await forwarding.ended;
      const lastError = stderr.at(-1);
      if (world.interrupted.aborted) return;
      listener.onStateChange?.('down');
      const reason = lastError === undefined ? '' : ` (${lastError})`;
      listener.onMessage(`The tunnel to ${name} is down${reason}; trying to open it again.`);
      const reopened = await reopen(deps, connection, { ...options, localPort }, world);
      if (reopened === undefined) return;
      forwarding = reopened;
      listener.onStateChange?.('open');
      listener.onMessage(`The tunnel to ${name} is open again.`);
    }
  } finally {
    forwarding.stop();
  }
}

/** The ssh command of a notebook's tunnel, to run it oneself. */
export async function tunnelCommand(
  deps: Deps,
  reference: string,
  form: TunnelForm,
): Promise<Tunnel | null> {
  const { tunnel } = await toNotebook(deps, await find(deps, reference), form);
  return tunnel;
}

function worldOf({ world }: Deps, { stopSignal }: TunnelOptions): TunnelWorld {
  const { environment, cwd, interrupted } = world;
  const signal =
    stopSignal === undefined ? interrupted : AbortSignal.any([interrupted, stopSignal]);
  return { environment, cwd, interrupted: signal };
}

async function describeTunnel(
  deps: Deps,
  { server }: SshConnection,
  { forwarding, localPort }: ForwardedPort,
  jupyterTimeoutMs: number,
): Promise<OpenTunnel> {
  const { world } = deps;
  const deadline = world.now().getTime() + jupyterTimeoutMs;
  const url = tunnelUrl(server, deps.settings.notebook, localPort);
  const [notebook, answers] = await Promise.all([
    toNotebook(deps, server, { localPort }),
    Promise.race([
      answersThroughTunnel({ world, deadline }, url),
      forwarding.ended.then(() => false),
    ]),
  ]);
  return { notebook, localPort, url, answers };
}

/** Undefined if it was interrupted. */
async function reopen(
  deps: Deps,
  previous: SshConnection,
  { localPort, asks }: { readonly localPort: number; readonly asks: boolean },
  tunnelWorld: TunnelWorld,
): Promise<Forwarding | undefined> {
  const { world } = deps;
  const { interrupted } = tunnelWorld;
  let pauseMs = firstPauseMs;
  for (let outageMs = 0; outageMs < maxOutageMs; outageMs += pauseMs) {
    await world.sleep(pauseMs * (0.8 + world.random() * 0.4), interrupted).catch(() => {});
    if (interrupted.aborted) return undefined;
    pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    const connection = await reconnect(deps, previous);
    const forwarding = forward(tunnelOn(deps, connection, localPort), tunnelWorld, asks);
    if (await forwarding.up) return forwarding;
    if (interrupted.aborted) return undefined;
    const end = await forwarding.ended;
    if (end.stage !== 'connection') throw await forwardingError(deps, connection, end);
  }
  throw new NubesError('UNREACHABLE', `${previous.name} could not be reached for an hour.`, {
    hint: `nubes-nb tunnel ${previous.name}`,
  });
}

/** The VM may have another address now, or be gone; without a network the previous data is used. */
async function reconnect(deps: Deps, previous: SshConnection): Promise<SshConnection> {
  try {
    const server = await find(deps, previous.server.id);
    return isUnderWay(statusOf(server)) ? previous : await connectTo(deps, server);
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    if (['WRONG_STATE', 'NOT_LOGGED_IN', 'SESSION_EXPIRED'].includes(error.code)) throw error;
    if (isGone(deps, error)) throw cloudGone(previous.name, error);
    if (error.code !== 'NOT_FOUND') return previous;
    throw new NubesError('NOT_FOUND', `${previous.name} was deleted; its tunnel is closed.`);
  }
}

/** On this computer, only the embedded cloud answers; one that refuses connections does not come back. */
function isGone({ compute }: Deps, error: NubesError): boolean {
  return (
    error instanceof ConnectionError &&
    error.reason === 'refused' &&
    isLoopback(new URL(compute.baseUrl).hostname)
  );
}

function cloudGone(name: string, cause: NubesError): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `The cloud of ${name} is gone, so its tunnel is closed: ${cause.message}`,
  );
}
