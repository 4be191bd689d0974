import { NubesError } from '../../errors.ts';
import { isLoopback } from '../../loopback.ts';
import { ConnectionError } from '../../openstack/errors.ts';
import { type Forwarding, type ForwardingEnd, forward } from '../../ssh/forwarding.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { isUnderWay, statusOf } from '../status.ts';
import { within } from '../waiting.ts';
import { forwardingError, type TunnelWorld, tunnelOn } from './open-tunnel.ts';
import { connectTo, type SshConnection } from './ssh-connection.ts';

/** A tunnel is down and being opened again. */
export interface Outage {
  readonly since: Date;
  /** When it is given up, unless the computer sleeps meanwhile. */
  readonly until: Date;
  /** What ssh printed last; untrusted text. */
  readonly reason: string | undefined;
}

export const maxOutageMinutes = 10;
const firstPauseMs = 1_000;
const maxPauseMs = 30_000;
const maxLookupMs = 20_000;
/** ConnectTimeout does not apply to the ssh of a ProxyJump. */
const maxSshMs = 60_000;
/** An attempt with its pause takes less, so in a longer one the computer slept. */
const maxAttemptMs = maxPauseMs + maxLookupMs + maxSshMs + 10_000;

interface LostTunnel {
  readonly localPort: number;
  readonly asks: boolean;
  readonly lastError: string | undefined;
  readonly onOutage: ((outage: Outage) => void) | undefined;
}

/**
 * Opens a lost tunnel again. Undefined if it was interrupted. Throws once neither the cloud says that the VM is gone
 * nor ssh reaches it for `maxOutageMinutes`; sleep of the computer does not count.
 */
export async function reopen(
  deps: Deps,
  previous: SshConnection,
  { localPort, asks, lastError, onOutage }: LostTunnel,
  tunnelWorld: TunnelWorld,
): Promise<Forwarding | undefined> {
  const { world } = deps;
  const { interrupted } = tunnelWorld;
  const since = world.now();
  let reason = lastError;
  let pauseMs = firstPauseMs;
  let leftMs = maxOutageMinutes * 60_000;
  for (let now = since.getTime(); leftMs > 0; ) {
    onOutage?.({ since, until: new Date(now + leftMs), reason });
    const jitter = 0.8 + world.random() * 0.4;
    await world.sleep(Math.min(leftMs, pauseMs * jitter), interrupted).catch(() => {});
    if (interrupted.aborted) return undefined;
    pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    const connection = await reconnect(deps, previous);
    const tunnel = tunnelOn(deps, connection, localPort);
    const attempt = await forwardInTime((limited) => forward(tunnel, limited, asks), tunnelWorld);
    if (interrupted.aborted) return undefined;
    if ('forwarding' in attempt) return attempt.forwarding;
    const { end } = attempt;
    // sshd may not have noticed yet that the lost connection has released the port of a RemoteForward.
    const isTransient = end.stage === 'connection' || end.forward?.isRemote === true;
    if (!isTransient) throw await forwardingError(deps, connection, end);
    reason = end.stderr.at(-1) ?? reason;
    const before = now;
    now = world.now().getTime();
    leftMs -= Math.min(maxAttemptMs, Math.max(0, now - before));
  }
  throw givenUp(previous.name, reason);
}

/** Ends an ssh that does not forward in time. */
async function forwardInTime(
  start: (world: TunnelWorld) => Forwarding,
  world: TunnelWorld,
): Promise<{ readonly forwarding: Forwarding } | { readonly end: ForwardingEnd }> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), maxSshMs);
  const interrupted = AbortSignal.any([world.interrupted, late.signal]);
  try {
    const forwarding = start({ ...world, interrupted });
    return (await forwarding.up) ? { forwarding } : { end: await forwarding.ended };
  } finally {
    clearTimeout(timer);
  }
}

/** The VM may have another address now, or be gone; without a network the previous data is used. */
async function reconnect(deps: Deps, previous: SshConnection): Promise<SshConnection> {
  const limited = within(deps, deps.world.now().getTime() + maxLookupMs);
  try {
    const server = await find(limited, previous.server.id);
    return isUnderWay(statusOf(server)) ? previous : await connectTo(limited, server);
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    if (['WRONG_STATE', 'NOT_LOGGED_IN', 'SESSION_EXPIRED'].includes(error.code)) throw error;
    if (isCloudGone(deps, error)) throw cloudGone(previous.name, error);
    if (error.code !== 'NOT_FOUND') return previous;
    throw new NubesError('NOT_FOUND', `${previous.name} was deleted; its tunnel is closed.`);
  }
}

/** On this computer, only the embedded cloud answers; one that refuses connections does not come back. */
function isCloudGone({ compute }: Deps, error: NubesError): boolean {
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

function givenUp(name: string, reason: string | undefined): NubesError {
  const words = reason === undefined ? '' : ` (${reason})`;
  return new NubesError(
    'UNREACHABLE',
    `${name} could not be reached for ${maxOutageMinutes} minutes${words}, so its tunnel is closed.`,
    { hint: `nubes-nb open ${name}` },
  );
}
