import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { type Hop, hopTo } from '../ssh/hop.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import type { SshTarget } from '../ssh/target.ts';
import { knownHostsFile, targetOf } from './access.ts';
import { nameOf } from './identity.ts';
import type { Desk } from './notebooks.ts';
import { pinFromConsole } from './readiness.ts';
import { find } from './search.ts';
import { type NotebookStatus, statusOf } from './state.ts';

/** A running notebook's VM, as ssh reaches it. */
export interface Reach {
  readonly name: string;
  readonly server: Server;
  readonly target: SshTarget;
}

/** Throws WRONG_STATE when the VM is not on, or has no address or account to reach it by. */
export async function reach(desk: Desk, reference: string): Promise<Reach> {
  return reachServer(desk, await find(desk, reference));
}

export async function reachServer(desk: Desk, server: Server): Promise<Reach> {
  const name = nameOf(server);
  const status = statusOf(server);
  if (status !== 'running') throw notOn(name, status);
  await pinFromConsole(desk, server);
  const target = await sshTarget(desk, server);
  if (target === undefined) throw nowhere(name);
  if (!target.pinned) {
    desk.warn(`the host key of ${name} is not known: the first one met is taken.`);
  }
  return { name, server, target };
}

/** Undefined until the VM has an address, or where no account is known. */
export async function sshTarget(desk: Desk, server: Server): Promise<SshTarget | undefined> {
  const { settings, stateFolder, account } = desk;
  const pinned = (await pinnedServers(knownHostsFile(stateFolder))).has(server.id);
  return targetOf(server, { notebook: settings.notebook, stateFolder, account, pinned });
}

/** Which hop on the way to the VM fails, and what to do. `said` is ssh's own word, where nobody saw it. */
export async function unreachable({ name, target }: Reach, said?: string): Promise<NubesError> {
  const at = `${target.host}:${target.port}`;
  const [sentence, hint] = words[await hopTo(target)](name, at, said ?? 'it said why');
  return new NubesError('UNREACHABLE', sentence, { hint });
}

type Words = (name: string, at: string, said: string) => [sentence: string, hint: string];

const words: Readonly<Record<Hop, Words>> = {
  'no name': (name, at) => [
    `The VM of ${name} is at ${at}, a name that is not known here.`,
    "connect to the site's network or VPN, or check notebook.host_template.",
  ],
  'no route': (name, at) => [
    `There is no route from here to the VM of ${name} at ${at}.`,
    "connect to the site's network or VPN.",
  ],
  'no answer': (name, at) => [
    `The VM of ${name} does not answer at ${at}.`,
    "connect to the site's network or VPN; when you are, its security group may lack that port.",
  ],
  refused: (name, at) => [
    `The VM of ${name} is there, but nothing listens at ${at}: sshd is not up (yet).`,
    `nubes-nb logs ${name} shows how it boots.`,
  ],
  silent: (name, at) => [
    `The VM of ${name} takes connections at ${at}, but its sshd says nothing.`,
    `nubes-nb logs ${name}, then nubes-nb restart ${name}.`,
  ],
  answers: (name, at, said) => [
    `sshd of ${name} answers at ${at}, but ssh ended with 255 (${said}).`,
    `the account and key must be those that ${name} was created with: nubes-nb show ${name}.`,
  ],
};

function notOn(name: string, status: NotebookStatus): NubesError {
  const then: Partial<Record<NotebookStatus, string>> = {
    stopped: `nubes-nb start ${name}`,
    creating: `nubes-nb wait ${name}`,
    starting: `nubes-nb wait ${name}`,
  };
  return new NubesError('WRONG_STATE', `${name} cannot be reached: it is ${status}.`, {
    hint: then[status] ?? `nubes-nb show ${name} tells more.`,
  });
}

function nowhere(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} has no address or no account to reach it by.`, {
    hint: `nubes-nb show ${name} shows its address; notebook.user names the account.`,
  });
}
