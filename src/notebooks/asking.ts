import type { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { askJupyter, type Heard } from '../ssh/asking.ts';
import { hopTo } from '../ssh/hop.ts';
import { remotePortOf } from './access.ts';
import { brokenAt, jupyterDown, keysRefused, strangeHost, unreachable, type Way } from './hops.ts';
import { nameOf } from './identity.ts';
import type { Notebook } from './notebook.ts';
import type { Desk } from './notebooks.ts';
import { sshTarget } from './reach.ts';
import { pinFromConsole } from './readiness.ts';
import { find, mine } from './search.ts';
import { presentedAll } from './view.ts';

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

export async function probedOne(desk: Desk, reference: string): Promise<Notebook> {
  return probedServer(desk, await find(desk, reference));
}

export async function probedServer(desk: Desk, server: Server): Promise<Notebook> {
  const [notebook] = await probed(desk, [server]);
  if (notebook === undefined) throw new Error('one server is one notebook');
  return notebook;
}

async function probed(desk: Desk, servers: readonly Server[]): Promise<Notebook[]> {
  const notebooks = await presentedAll(desk, servers);
  const asked: Notebook[] = [];
  for (let from = 0; from < servers.length; from += atOnce) {
    const some = servers.slice(from, from + atOnce);
    const probes = await Promise.all(
      some.map((server, index) =>
        notebooks[from + index]?.status === 'running' ? probe(desk, server) : undefined,
      ),
    );
    for (const [index, found] of probes.entries()) {
      const notebook = notebooks[from + index];
      if (notebook === undefined) continue;
      if (found?.why !== undefined) desk.warn(withHint(found.why));
      asked.push(found === undefined ? notebook : { ...notebook, status: found.status });
    }
  }
  return asked;
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

export function askOver(desk: Desk, server: Server, { target }: Way, time: number): Promise<Heard> {
  const port = remotePortOf(server, desk.settings.notebook.port);
  return askJupyter(target, port, desk.world, time);
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
      return { status: 'unreachable', why: jupyterDown(way) };
    case 'host key':
      return { status: 'unreachable', why: strangeHost(way) };
    case 'connection':
    case 'late':
      return { status: 'unreachable', why: await unreachable(desk, way, said) };
  }
}

/** A failure as a warning, with what to do about it. */
export function withHint({ message, hint }: NubesError): string {
  return hint === undefined ? message : `${message} (${hint.replace(/\.$/, '')})`;
}
