import type { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { askJupyter, type Heard } from '../../ssh/jupyter-probe.ts';
import { hopTo } from '../../ssh/port-check.ts';
import { remotePortOf } from '../connect/address.ts';
import {
  brokenAt,
  jupyterDown,
  keysRefused,
  strangeHost,
  unreachable,
  type Way,
} from '../connect/diagnose.ts';
import { sshTarget } from '../connect/ssh-target.ts';
import type { Desk } from '../deps.ts';
import { withHint } from '../errors.ts';
import { mine } from '../find.ts';
import { inPairs, isDirect, knownCertificate } from '../https/certificate.ts';
import { nameOf } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { statusOf } from '../status.ts';
import { presentedAll } from '../view.ts';
import { hearCertificate, isVouchedFor, pinFromConsole, rememberShown } from './console-reader.ts';

/** Whether Jupyter answers from here. `running`: it could not be asked. */
export interface Probe {
  readonly status: 'ready' | 'unreachable' | 'running';
  /** Why it is not ready. */
  readonly why?: NubesError;
}

/** As long as a slow line needs, in ms: for an answer at all, then for ssh and Jupyter. */
const knockPatience = 2_500;
const patience = 8_000;
/** So many are asked at the same time. */
const atOnce = 8;

/** The owner's notebooks, of which the running ones were asked whether Jupyter answers. */
export async function probedAll(desk: Desk): Promise<Notebook[]> {
  return probed(desk, await mine(desk));
}

export async function probedOne(desk: Desk, server: Server): Promise<Notebook> {
  const [notebook] = await probed(desk, [server]);
  if (notebook === undefined) throw new Error('one server is one notebook');
  return notebook;
}

async function probed(desk: Desk, servers: readonly Server[]): Promise<Notebook[]> {
  const probes: (Probe | undefined)[] = [];
  for (let from = 0; from < servers.length; from += atOnce) {
    const some = servers.slice(from, from + atOnce);
    const found = await Promise.all(
      some.map((server) => (statusOf(server) === 'running' ? probe(desk, server) : undefined)),
    );
    for (const { why } of found.filter((each) => each !== undefined)) {
      if (why !== undefined) desk.warn(withHint(why));
    }
    probes.push(...found);
  }
  // Only now, as consoles have told host keys and certificates meanwhile.
  const notebooks = await presentedAll(desk, servers);
  return notebooks.map((notebook, index) => ({
    ...notebook,
    status: probes[index]?.status ?? notebook.status,
  }));
}

/** Asks the Jupyter of a running VM. Throws CONFIGURATION where there is no ssh. */
async function probe(desk: Desk, server: Server): Promise<Probe> {
  await pinFromConsole(desk, server);
  const target = await sshTarget(desk, server);
  if (target === undefined) return { status: 'running' };
  const way = { name: nameOf(server), target };
  const hop = await hopTo(target, knockPatience);
  if (hop !== 'answers') return { status: 'unreachable', why: await brokenAt(desk, way, hop) };
  return probeFrom(desk, way, await askOver(desk, server, way, patience));
}

/** Asks for `/api`; of a direct notebook by https, whose certificate is looked at too. */
export async function askOver(
  desk: Desk,
  server: Server,
  { target }: Way,
  time: number,
): Promise<Heard> {
  const port = remotePortOf(server, desk.settings.notebook.port);
  const heard = await askJupyter(target, { port, safely: isDirect(server) }, desk.world, time);
  if (heard.certificate !== undefined) await compare(desk, server, heard.certificate);
  return heard;
}

/**
 * ssh has made sure of the VM, so that an answer is Jupyter's whatever certificate it shows; but browsers
 * are to be shown the one that the console told. It may have told another one since it was last heard.
 */
async function compare(desk: Desk, server: Server, shown: string): Promise<void> {
  const known = knownCertificate(desk.stateFolder, server);
  if (known === shown) return;
  const told = (await hearCertificate(desk, server)) ?? known;
  if (told === shown) return;
  if (told === undefined) {
    if (await isVouchedFor(desk, server)) {
      await rememberShown(desk, server, { certificate: shown });
    }
    return;
  }
  const name = nameOf(server);
  desk.warn(
    `Jupyter on ${name} shows another certificate (SHA-256 ${inPairs(shown)}) than its VM told on its console. (nubes-nb restart ${name} --jupyter-only makes it tell which it shows)`,
  );
}

async function probeFrom(desk: Desk, way: Way, { answer, said }: Heard): Promise<Probe> {
  switch (answer) {
    case 'answers':
      return { status: 'ready' };
    case 'forwards nothing':
      return { status: 'running' };
    case 'login':
      return { status: 'running', why: keysRefused(way, said) };
    case 'jupyter down':
    case 'no TLS':
      return { status: 'unreachable', why: jupyterDown(way) };
    case 'host key':
      return { status: 'unreachable', why: strangeHost(way) };
    case 'connection':
    case 'late':
      return { status: 'unreachable', why: await unreachable(desk, way, said) };
  }
}
