import type { Server } from '../../openstack/compute/servers.ts';
import type { Tunnel } from '../../ssh/tunnel.ts';
import { tunnelUrl } from '../address.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { answersThroughTunnel } from '../jupyter-api.ts';
import { type Notebook, type TunnelForm, toNotebook } from '../notebook.ts';
import {
  type ForwardedPort,
  type OpenOptions,
  openOnFreePort,
  type TunnelWorld,
} from './open-tunnel.ts';
import { maxOutageMinutes, type Outage, reopen } from './reopen-tunnel.ts';
import { connectTo, type SshConnection } from './ssh-connection.ts';

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
  /** Called when the tunnel is lost, after each attempt to open it again, and with undefined when it is open. */
  readonly onOutage?: (outage: Outage | undefined) => void;
}

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
    const { jupyterTimeoutMs } = options;
    const described = await describeTunnel(deps, connection, first, jupyterTimeoutMs, listener);
    await listener.onOpen(described);
    for (;;) {
      const { stderr } = await forwarding.ended;
      const lastError = stderr.at(-1);
      if (await isInterrupted(deps, world.interrupted, lastError)) return;
      const reason = lastError === undefined ? '' : ` (${lastError})`;
      listener.onMessage(
        `The tunnel to ${name} is down${reason}; trying for up to ${maxOutageMinutes} minutes to open it again.`,
      );
      const lost = { localPort, asks: options.asks, lastError, onOutage: listener.onOutage };
      const reopened = await reopen(deps, connection, lost, world);
      if (reopened === undefined) return;
      forwarding = reopened;
      listener.onOutage?.(undefined);
      listener.onMessage(`The tunnel to ${name} is open again.`);
    }
  } finally {
    forwarding.stop();
  }
}

/** Ctrl-C on a terminal is for ssh as well, which may end before this program has the signal. */
async function isInterrupted(
  { world }: Deps,
  interrupted: AbortSignal,
  lastError: string | undefined,
): Promise<boolean> {
  if (lastError?.startsWith('Killed by signal ') === true) {
    await world.sleep(maxSignalDelayMs, interrupted).catch(() => {});
  }
  return interrupted.aborted;
}

const maxSignalDelayMs = 500;

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
  { server, name }: SshConnection,
  { forwarding, localPort }: ForwardedPort,
  jupyterTimeoutMs: number,
  { onMessage }: TunnelListener,
): Promise<OpenTunnel> {
  const { world } = deps;
  const deadline = world.now().getTime() + jupyterTimeoutMs;
  const url = tunnelUrl(server, deps.settings.notebook, localPort);
  const [notebook, answers] = await Promise.all([
    toNotebook(deps, server, { localPort }),
    Promise.race([
      answersThroughTunnel({ world, deadline }, { name, url }, onMessage),
      forwarding.ended.then(() => false),
    ]),
  ]);
  return { notebook, localPort, url, answers };
}
