import { NubesError } from '../errors.ts';
import * as actions from '../openstack/compute/instance-actions.ts';
import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { isStatus } from '../openstack/errors.ts';
import { pin } from '../ssh/known-hosts.ts';
import { knownHostsFile } from './access.ts';
import { type ConsoleWord, readConsole } from './console.ts';
import { addressOf } from './notebook.ts';
import type { Desk, Enter } from './notebooks.ts';
import { nameOf } from './refusals.ts';
import { until, type Watch } from './waiting.ts';

/** How far a notebook came before the watching ended. */
export interface Reached {
  readonly server: Server;
  readonly ready: boolean;
  /** Why it came no further. */
  readonly failure?: NubesError;
}

export interface Goal {
  readonly goal: 'running' | 'ready';
  readonly watch: Watch;
  readonly enter: Enter;
  /** Looks at the server anew. */
  readonly look: () => Promise<Server | undefined>;
  /** The boot that the console told of before a start; only another one counts. */
  readonly earlierBoot?: string | undefined;
}

/** A console may be there only a moment after the VM; after so many looks there is none. */
const patienceWithConsole = 3;
/** As many lines of console as hold a boot's markers. */
const consoleLines = 400;

/**
 * Follows a server that is on its way up: building, address, Jupyter. Failures of the notebook and of
 * the services are told in `failure`, because what was reached is worth telling too.
 */
export async function follow(desk: Desk, first: Server, goal: Goal): Promise<Reached> {
  let server = first;
  const seen = (found: Server) => {
    server = found;
    return found;
  };
  try {
    goal.enter({ name: 'building', detail: `VM ${server.id.slice(0, 8)}… (${server.name})` });
    await stage(goal, server, async () => {
      const found = await goal.look();
      return found !== undefined && isUp(seen(found)) ? found : undefined;
    });
    goal.enter({ name: 'address', ...detail(addressOf(server)?.address) });
    await stage(goal, server, async () => {
      if (addressOf(server) === undefined) seen((await goal.look()) ?? server);
      return addressOf(server);
    });
    if (goal.goal === 'running') return { server, ready: false };
    return { server, ready: await answers(desk, server, goal) };
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    return { server, ready: false, failure: error };
  }
}

async function stage<Seen>(
  { watch }: Goal,
  server: Server,
  look: () => Promise<Seen | undefined>,
): Promise<Seen> {
  const seen = await until(watch, look);
  if (seen !== undefined) return seen;
  const name = nameOf(server);
  throw new NubesError('TIMED_OUT', `The time is up: ${name} is not ready yet; its VM goes on.`, {
    hint: `nubes-nb start ${name} goes on waiting; nubes-nb show ${name} looks; nubes-nb delete ${name} gives up.`,
  });
}

/** Throws when the server can come up no more. */
function isUp(server: Server): boolean {
  if (server.status === 'ERROR') throw broken(server);
  return server.status === 'ACTIVE' && server.taskState === null;
}

/** Nova's fault in words. The VM is kept: it holds quota, and its owner may want to look. */
function broken(server: Server): NubesError {
  const name = nameOf(server);
  const fault = server.fault?.message.trim() || 'Nova gives no reason';
  return /no valid host/i.test(fault)
    ? new NubesError('NO_CAPACITY', `The cloud has no room for ${name} now (Nova: ${fault}).`, {
        hint: `nubes-nb delete ${name}, then try a smaller --size, or later.`,
      })
    : new NubesError(
        'BUILD_FAILED',
        `Nova could not bring ${name} up: ${fault}.`.replace('..', '.'),
        {
          hint: `nubes-nb delete ${name} removes it; it counts towards the quota until then.`,
        },
      );
}

async function answers(desk: Desk, server: Server, goal: Goal): Promise<boolean> {
  goal.enter({ name: 'jupyter', detail: 'waiting for its word on the console' });
  let misses = 0;
  const word = await stage(goal, server, async () => {
    const heard = await hear(desk, server);
    if (heard === undefined) {
      misses += 1;
      return misses < patienceWithConsole ? undefined : ('silent' as const);
    }
    if (heard.failure !== undefined) throw notUp(server, heard.failure);
    const fresh = heard.readyBoot !== undefined && heard.readyBoot !== goal.earlierBoot;
    return fresh ? heard : undefined;
  });
  if (word === 'silent') {
    desk.warn('this cloud shows no console: whether Jupyter answers cannot be told from here.');
    return false;
  }
  if (word.hostKeys.length > 0)
    await pin(knownHostsFile(desk.stateFolder), server.id, word.hostKeys);
  return true;
}

/** What the VM says on its console; undefined where the cloud shows none. */
export async function hear(desk: Desk, server: Server): Promise<ConsoleWord | undefined> {
  const text = await servers.consoleOutput(desk.compute, server.id, consoleLines);
  return text === undefined
    ? undefined
    : readConsole(text, server.metadata['nubes-nb:request'] ?? server.id);
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

/** Looks at one server by id. Throws CONFLICT when it was deleted meanwhile. */
export function lookAt(desk: Desk, server: Server): () => Promise<Server> {
  return () =>
    servers.show(desk.compute, server.id).catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
      const name = nameOf(server);
      throw new NubesError('CONFLICT', `The VM of ${name} was deleted meanwhile.`, {
        hint: 'nubes-nb ls shows what is there.',
      });
    });
}

/** A start that fails leaves the server SHUTOFF without a task; only the action list tells. */
export async function checkStart(desk: Desk, server: Server): Promise<void> {
  if (server.status !== 'SHUTOFF' || server.taskState !== null) return;
  const [latest] = await actions.list(desk.compute, server.id);
  if (latest?.action !== 'start' || latest.message === null) return;
  const name = nameOf(server);
  throw new NubesError('BUILD_FAILED', `Nova could not start ${name} (${latest.message}).`, {
    hint: `nubes-nb start ${name} tries again; your cloud team can look up the request.`,
    requestId: latest.requestId,
  });
}

function detail(text: string | undefined): { detail?: string } {
  return text === undefined ? {} : { detail: text };
}
