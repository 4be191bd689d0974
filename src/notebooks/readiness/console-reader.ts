import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { type HostKey, pin, pinnedServers, verifiedServers } from '../../ssh/known-hosts.ts';
import { knownHostsFile } from '../connect/address.ts';
import type { Deps } from '../deps.ts';
import { isDirect, rememberCertificate } from '../https/certificate.ts';
import { nameOf, requestOf } from '../identity.ts';
import { type ConsoleWord, type PackagesWord, readConsole } from './console-log.ts';

/** As many lines of console as hold a boot's markers. */
const consoleLines = 400;
/** A console may be there only a moment after the VM; after so many misses there is none. */
const mostMisses = 3;

/**
 * `silent`: where a console could be, nothing can be read; `wordless`: it tells of no boot, or no longer;
 * `up` is the VM's own word.
 */
export type ConsoleState = 'up' | 'silent' | 'wordless' | undefined;

/** What the VM says on its console; undefined where the cloud shows none. */
export async function readConsoleOnce(
  deps: Deps,
  server: Server,
): Promise<ConsoleWord | undefined> {
  const text = await servers.consoleOutput(deps.compute, server.id, consoleLines);
  return text === undefined ? undefined : readConsole(text, requestOf(server));
}

/**
 * Listens for a boot other than the earlier one. Each call hears once: undefined while nothing new is
 * said, `up` once Jupyter answers, `silent` or `wordless` where the console cannot tell. What is said of
 * packages is handed on first, each time. Throws BUILD_FAILED.
 */
export function watchConsole(
  deps: Deps,
  server: Server,
  earlierBoot: string | undefined,
  aboutPackages: (word: PackagesWord) => void,
): () => Promise<ConsoleState> {
  let misses = 0;
  return async () => {
    const word = await readConsoleOnce(deps, server);
    if (word === undefined) {
      misses += 1;
      return misses < mostMisses ? undefined : 'silent';
    }
    const { packages } = word;
    if (packages !== undefined && packages.boot !== earlierBoot) aboutPackages(packages);
    if (word.boot === undefined && earlierBoot === undefined) return 'wordless';
    if (word.boot === undefined || word.boot === earlierBoot) return undefined;
    // Also of a VM without Jupyter: its owner goes there to see why.
    await remember(deps, server, word.hostKeys);
    await rememberShown(deps, server, word);
    if (word.failure !== undefined) throw notUp(server, word.failure);
    return 'up';
  };
}

/** Pins the host key of a VM that came up while nobody here was waiting, where its console tells it. */
export async function pinFromConsole(deps: Deps, server: Server): Promise<void> {
  const pinned = await pinnedServers(knownHostsFile(deps.stateFolder));
  if (pinned.has(server.id) || server.status !== 'ACTIVE') return;
  const word = await readConsoleOnce(deps, server);
  await remember(deps, server, word?.hostKeys ?? []);
  if (word !== undefined) await rememberShown(deps, server, word);
}

/** Whether the host key that ssh holds the VM to is the one that its console told, now or before. */
export async function hasVerifiedHostKey(deps: Deps, server: Server): Promise<boolean> {
  const file = knownHostsFile(deps.stateFolder);
  if ((await verifiedServers(file)).has(server.id)) return true;
  const word = await readConsoleOnce(deps, server);
  await remember(deps, server, word?.hostKeys ?? []);
  return (await verifiedServers(file)).has(server.id);
}

/** A direct notebook's certificate as its console tells it: it may have got another one since. */
export async function readCertificate(deps: Deps, server: Server): Promise<string | undefined> {
  const word = await readConsoleOnce(deps, server);
  if (word !== undefined) await rememberShown(deps, server, word);
  return word?.certificate;
}

/** Without it the fingerprint is only not told, so a full disk is no failure. */
export async function rememberShown(
  { stateFolder, warn }: Deps,
  server: Server,
  { certificate }: Pick<ConsoleWord, 'certificate'>,
): Promise<void> {
  if (certificate === undefined || !isDirect(server)) return;
  await rememberCertificate(stateFolder, server.id, certificate).catch(() => {
    warn(`the certificate of ${nameOf(server)} cannot be written to the state folder.`);
  });
}

/** Without the pinned key the tunnel takes the first one it meets, so a full disk is no failure. */
async function remember(deps: Deps, server: Server, keys: readonly HostKey[]): Promise<void> {
  if (keys.length === 0) return;
  await pin(knownHostsFile(deps.stateFolder), server.id, keys).catch(() => {
    deps.warn(`the host key of ${nameOf(server)} cannot be written to the state folder.`);
  });
}

function notUp(server: Server, reason: string): NubesError {
  const name = nameOf(server);
  return new NubesError(
    'BUILD_FAILED',
    `The VM of ${name} runs, but Jupyter does not: ${reason}.`,
    {
      hint: `nubes-nb stop ${name} and nubes-nb start ${name} try again.`,
    },
  );
}
