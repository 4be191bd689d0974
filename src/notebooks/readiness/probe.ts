import type { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { type ProbeReply, probeJupyter } from '../../ssh/jupyter-probe.ts';
import { checkSshPort } from '../../ssh/port-check.ts';
import { remotePortOf } from '../connect/address.ts';
import {
  authenticationFailed,
  explainUnreachable,
  hostKeyChanged,
  jupyterDown,
  type SshEndpoint,
  unreachable,
} from '../connect/diagnose.ts';
import { sshTarget } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { withHint } from '../errors.ts';
import { listOwn } from '../find.ts';
import { inPairs, isDirect, knownCertificate } from '../https/certificate.ts';
import { nameOf } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { statusOf } from '../status.ts';
import { toNotebooks } from '../view.ts';
import {
  hasVerifiedHostKey,
  pinFromConsole,
  readCertificate,
  rememberShown,
} from './console-reader.ts';

/** Whether Jupyter answers from here. `running`: it could not be asked. */
export interface Probe {
  readonly status: 'ready' | 'unreachable' | 'running';
  /** Why it is not ready. */
  readonly why?: NubesError;
}

/** As long as a slow line needs, in ms: for an answer at all, then for ssh and Jupyter. */
const knockPatience = 2_500;
const wait = 8_000;
/** So many are asked at the same time. */
const atOnce = 8;

/** The owner's notebooks, of which the running ones were asked whether Jupyter answers. */
export async function probedAll(deps: Deps): Promise<Notebook[]> {
  return probed(deps, await listOwn(deps));
}

export async function probedOne(deps: Deps, server: Server): Promise<Notebook> {
  const [notebook] = await probed(deps, [server]);
  if (notebook === undefined) throw new Error('one server is one notebook');
  return notebook;
}

async function probed(deps: Deps, servers: readonly Server[]): Promise<Notebook[]> {
  const probes: (Probe | undefined)[] = [];
  for (let from = 0; from < servers.length; from += atOnce) {
    const some = servers.slice(from, from + atOnce);
    const found = await Promise.all(
      some.map((server) => (statusOf(server) === 'running' ? probe(deps, server) : undefined)),
    );
    for (const { why } of found.filter((each) => each !== undefined)) {
      if (why !== undefined) deps.warn(withHint(why));
    }
    probes.push(...found);
  }
  // Only now, as consoles have told host keys and certificates meanwhile.
  const notebooks = await toNotebooks(deps, servers);
  return notebooks.map((notebook, index) => ({
    ...notebook,
    status: probes[index]?.status ?? notebook.status,
  }));
}

/** Asks the Jupyter of a running VM. Throws CONFIGURATION where there is no ssh. */
async function probe(deps: Deps, server: Server): Promise<Probe> {
  await pinFromConsole(deps, server);
  const target = await sshTarget(deps, server);
  if (target === undefined) return { status: 'running' };
  const way = { name: nameOf(server), target };
  const hop = await checkSshPort(target, knockPatience);
  if (hop !== 'answers')
    return { status: 'unreachable', why: await explainUnreachable(deps, way, hop) };
  return probeFrom(deps, way, await probeOverSsh(deps, server, way, wait));
}

/** Asks for `/api`; of a direct notebook by https, whose certificate is looked at too. */
export async function probeOverSsh(
  deps: Deps,
  server: Server,
  { target }: SshEndpoint,
  time: number,
): Promise<ProbeReply> {
  const port = remotePortOf(server, deps.settings.notebook.port);
  const heard = await probeJupyter(target, { port, https: isDirect(server) }, deps.world, time);
  if (heard.certificate !== undefined) await compare(deps, server, heard.certificate);
  return heard;
}

/**
 * ssh has made sure of the VM, so that an answer is Jupyter's whatever certificate it shows; but browsers
 * are to be shown the one that the console told. It may have told another one since it was last heard.
 */
async function compare(deps: Deps, server: Server, shown: string): Promise<void> {
  const known = knownCertificate(deps.stateFolder, server);
  if (known === shown) return;
  const told = (await readCertificate(deps, server)) ?? known;
  if (told === shown) return;
  if (told === undefined) {
    if (await hasVerifiedHostKey(deps, server)) {
      await rememberShown(deps, server, { certificate: shown });
    }
    return;
  }
  const name = nameOf(server);
  deps.warn(
    `Jupyter on ${name} shows another certificate (SHA-256 ${inPairs(shown)}) than its VM told on its console. (nubes-nb restart ${name} --jupyter-only makes it tell which it shows)`,
  );
}

async function probeFrom(
  deps: Deps,
  way: SshEndpoint,
  { answer, lastError }: ProbeReply,
): Promise<Probe> {
  switch (answer) {
    case 'answers':
      return { status: 'ready' };
    case 'forwarding refused':
      return { status: 'running' };
    case 'login':
      return { status: 'running', why: authenticationFailed(way, lastError) };
    case 'jupyter down':
    case 'no TLS':
      return { status: 'unreachable', why: jupyterDown(way) };
    case 'host key':
      return { status: 'unreachable', why: hostKeyChanged(way) };
    case 'connection':
    case 'timed out':
      return { status: 'unreachable', why: await unreachable(deps, way, lastError) };
  }
}
