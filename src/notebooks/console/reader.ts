import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { ApiError } from '../../openstack/errors.ts';
import { type HostKey, pin, pinnedServers, verifiedServers } from '../../ssh/known-hosts.ts';
import { isDirect } from '../address.ts';
import type { Deps } from '../deps.ts';
import { nameOf, requestOf } from '../identity.ts';
import { knownHostsFile, rememberCertificate } from '../local-state.ts';
import { type ConsoleLog, type PackagesMarker, parseConsoleLog } from './log.ts';

/** Enough to contain the markers of a boot. */
const consoleLines = 400;
/** The console may appear a moment after the VM; after this many failed reads there is none. */
const maxMisses = 3;

/**
 * What the console says about a boot. `unavailable`: the cloud returns no console. `no-marker`: it has no
 * marker of any boot, or its marker has scrolled off.
 */
export type ConsoleState =
  | {
      readonly state: 'pending' | 'ready' | 'no-marker';
      readonly packages?: PackagesMarker;
    }
  | {
      readonly state: 'unavailable';
      /** Undefined if the VM has none. */
      readonly refusal: ApiError | undefined;
      readonly packages?: never;
    }
  | { readonly state: 'failed'; readonly reason: string; readonly packages?: PackagesMarker };

/** Undefined if the cloud returns no console. */
export async function readConsole(deps: Deps, server: Server): Promise<ConsoleLog | undefined> {
  const found = await tryConsole(deps, server);
  return found instanceof ApiError ? undefined : found;
}

/** Nova's refusal if there is one: a policy may not permit it, and Nova fails (500) if it cannot ask the VM's host. */
async function tryConsole(deps: Deps, server: Server): Promise<ConsoleLog | ApiError | undefined> {
  try {
    const text = await servers.consoleOutput(deps.compute, server.id, consoleLines);
    return text === undefined ? undefined : parseConsoleLog(text, requestOf(server));
  } catch (error) {
    if (error instanceof ApiError && error.status !== 401) return error;
    throw error;
  }
}

/**
 * Returns a function that reads the console once per call, for a boot other than the earlier one. It records
 * the host keys and the certificate that it reads.
 */
export function watchConsole(
  deps: Deps,
  server: Server,
  earlierBoot: string | undefined,
): () => Promise<ConsoleState> {
  let misses = 0;
  return async () => {
    const log = await tryConsole(deps, server);
    if (log === undefined || log instanceof ApiError) {
      misses += 1;
      return misses < maxMisses ? { state: 'pending' } : { state: 'unavailable', refusal: log };
    }
    const state = consoleState(log, earlierBoot);
    if (state.state === 'ready' || state.state === 'failed') {
      // Also without Jupyter: its owner logs in to see why.
      await pinKeys(deps, server, log.hostKeys);
      await recordCertificate(deps, server, log);
    }
    return state;
  };
}

/** Pure: what a console log says about a boot other than the earlier one. */
export function consoleState(log: ConsoleLog, earlierBoot: string | undefined): ConsoleState {
  const isCurrent = log.packages !== undefined && log.packages.boot !== earlierBoot;
  const packages = isCurrent ? { packages: log.packages } : {};
  if (log.boot === undefined && earlierBoot === undefined)
    return { state: 'no-marker', ...packages };
  if (log.boot === undefined || log.boot === earlierBoot) return { state: 'pending', ...packages };
  if (log.failure === undefined) return { state: 'ready', ...packages };
  return { state: 'failed', reason: log.failure, ...packages };
}

/** Pins the host key of a VM that became ready while no command waited for it. */
export async function pinFromConsole(deps: Deps, server: Server): Promise<void> {
  const pinned = await pinnedServers(knownHostsFile(deps.stateFolder));
  if (pinned.has(server.id) || server.status !== 'ACTIVE') return;
  const log = await readConsole(deps, server);
  if (log === undefined) return;
  await pinKeys(deps, server, log.hostKeys);
  await recordCertificate(deps, server, log);
}

/** Whether the pinned host key comes from the VM's console, now or before. */
export async function hasVerifiedHostKey(deps: Deps, server: Server): Promise<boolean> {
  const file = knownHostsFile(deps.stateFolder);
  if ((await verifiedServers(file)).has(server.id)) return true;
  const log = await readConsole(deps, server);
  await pinKeys(deps, server, log?.hostKeys ?? []);
  return (await verifiedServers(file)).has(server.id);
}

/** A direct notebook's certificate by its console, which is recorded: it may have been replaced since. */
export async function readCertificate(deps: Deps, server: Server): Promise<string | undefined> {
  const log = await readConsole(deps, server);
  if (log !== undefined) await recordCertificate(deps, server, log);
  return log?.certificate;
}

/** A failure is only a warning: then the fingerprint is not shown. */
export async function recordCertificate(
  deps: Deps,
  server: Server,
  { certificate }: Pick<ConsoleLog, 'certificate'>,
): Promise<void> {
  if (certificate === undefined || !isDirect(server)) return;
  await rememberCertificate(deps, server.id, certificate).catch(() => {
    deps.warn(`the certificate of ${nameOf(server)} cannot be written to the state folder.`);
  });
}

/** A failure is only a warning: then ssh trusts the first key that it receives. */
async function pinKeys(deps: Deps, server: Server, keys: readonly HostKey[]): Promise<void> {
  if (keys.length === 0) return;
  const file = knownHostsFile(deps.stateFolder);
  await pin(file, server.id, keys, deps.world.interrupted).catch(() => {
    deps.warn(`the host key of ${nameOf(server)} cannot be written to the state folder.`);
  });
}
