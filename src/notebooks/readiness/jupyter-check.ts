import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { ProbeReply } from '../../ssh/jupyter-probe.ts';
import { mayHaveLoginKey } from '../../ssh/keys.ts';
import { checkSshPort, type PortCheck } from '../../ssh/port-check.ts';
import type { SshTarget } from '../../ssh/target.ts';
import { explainUnreachable, hostKeyChanged } from '../connect/diagnose.ts';
import { sshTarget } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { withHint } from '../errors.ts';
import { packagesScriptPath } from '../first-boot/packages.ts';
import { nameOf } from '../identity.ts';
import type { PackagesWord } from './console-log.ts';
import { watchConsole } from './console-reader.ts';
import { probeOverSsh } from './probe.ts';
import type { ReadyOptions } from './wait-until-ready.ts';

/** A VM with an address, on its way to a Jupyter that answers. */
export interface JupyterCheck {
  /** Looks once: undefined while nothing is known, true when Jupyter is up, false when nobody can tell. */
  readonly look: () => Promise<boolean | undefined>;
  /** Jupyter was asked and did not answer. */
  readonly isSilent: () => boolean;
  /** What the console has told of packages; undefined: nothing. */
  readonly packages: () => PackagesWord['state'] | undefined;
  /** Phases are told no more. */
  readonly end: () => void;
}

/** Together they keep `create` within three seconds of Jupyter's first answer, in ms. */
const knockPatience = 1_200;
const askPatience = 1_300;
/** Without a console only sshd can tell that the VM comes up, and it is given so long, in ms. */
const longestDarkness = 90_000;

/**
 * The console's word counts; where this computer reaches the VM, Jupyter is asked as well. sshd is
 * knocked at while the console is silent, so that the asking takes no time of its own.
 */
export function startJupyterCheck(deps: Deps, server: Server, goal: ReadyOptions): JupyterCheck {
  const trip: Trip = { deps, server, goal, name: nameOf(server), began: deps.world.now() };
  const readConsoleOnce = watchConsole(deps, server, goal.earlierBoot, (word) =>
    unpacked(trip, word),
  );
  goal.onProgress({ name: 'ssh', detail: 'waiting for sshd' });
  return {
    look: async () => {
      const target = await sshTarget(deps, server);
      if (trip.hop !== 'answers' && target !== undefined) trip.knocking ??= knock(trip, target);
      const word = await readConsoleOnce();
      if (word === undefined) return undefined;
      if (word === 'wordless') return target?.pinned === true ? answering(trip, target) : undefined;
      // The console may have told the host key just now.
      const known = await sshTarget(deps, server);
      if (known === undefined) return word === 'up' ? arrived(trip, byItsWord) : false;
      return word === 'up' ? confirmed(trip, known) : unheard(trip, known);
    },
    isSilent: () => trip.silent === true,
    packages: () => trip.packages,
    end: () => {
      trip.over = true;
    },
  };
}

interface Trip {
  readonly deps: Deps;
  readonly server: Server;
  readonly goal: ReadyOptions;
  readonly name: string;
  readonly began: Date;
  /** How far the last knock came. */
  hop?: PortCheck;
  knocking?: Promise<void> | undefined;
  silent?: boolean;
  packages?: PackagesWord['state'];
  over?: boolean;
  warned?: boolean;
}

const byItsWord = 'answers, says its console';

async function knock(trip: Trip, target: SshTarget): Promise<void> {
  trip.hop = await checkSshPort(target, knockPatience);
  trip.knocking = undefined;
  if (trip.over || trip.hop !== 'answers') return;
  trip.goal.onProgress({ name: 'ssh', detail: `sshd answers at ${target.host}` });
  trip.goal.onProgress(trip.packages === 'installing' ? installing : listening);
}

const installing = { name: 'packages', detail: 'being installed, for 10 minutes at most' };
const listening = { name: 'jupyter', detail: 'waiting for its word on the console' };

/** The console's word on packages; what it has told already is told once. */
function unpacked(trip: Trip, { state, reason }: PackagesWord): void {
  if (state === trip.packages) return;
  const { goal, deps, name } = trip;
  const wasTold = trip.packages === 'installing';
  trip.packages = state;
  if (state === 'installing') goal.onProgress(installing);
  else if (wasTold) goal.onProgress(listening);
  if (state !== 'failed') return;
  deps.warn(
    `the packages of ${name} are not installed: ${reason}. nubes-nb logs ${name} --source packages tells more, and nubes-nb exec ${name} -- sh ${packagesScriptPath} tries again.`,
  );
}

/** The console says that Jupyter is up, and a laptop without a route does not know better. */
async function confirmed(trip: Trip, target: SshTarget): Promise<true | undefined> {
  const { deps, name } = trip;
  await trip.knocking;
  if (trip.hop !== undefined && trip.hop !== 'answers') {
    const inErrorState = await explainUnreachable(deps, { name, target }, trip.hop);
    deps.warn(
      `${name} is ready by its console's word, but not from here. ${withHint(inErrorState)}`,
    );
    return arrived(trip, byItsWord);
  }
  const answer = await ask(trip, target);
  if (answer === 'jupyter down') return undefined;
  if (answer === 'answers') return arrived(trip, 'answers');
  if (answer === 'host key') deps.warn(withHint(hostKeyChanged({ name, target })));
  else deps.note(`Jupyter on ${name} was not asked over ssh (${answer}).`);
  return arrived(trip, byItsWord);
}

/** What a VM has printed since may have taken the place of its word; its host key is known from then. */
async function answering(trip: Trip, target: SshTarget): Promise<true | undefined> {
  await trip.knocking;
  if (trip.hop !== 'answers' || (await ask(trip, target)) !== 'answers') return undefined;
  return arrived(trip, 'answers');
}

/** Without a console only Jupyter itself can tell. */
async function unheard(trip: Trip, target: SshTarget): Promise<boolean | undefined> {
  const { deps, name, goal } = trip;
  await trip.knocking;
  if (trip.hop === 'answers') {
    const answer = await ask(trip, target);
    if (answer === 'answers') return arrived(trip, 'answers');
    if (['jupyter down', 'no TLS', 'timed out', 'connection'].includes(answer)) return undefined;
  } else if (deps.world.now().getTime() - trip.began.getTime() < longestDarkness) {
    return undefined;
  }
  deps.warn(`this cloud shows no console of ${name}, and it could not be asked over ssh.`);
  goal.onProgress({ name: 'jupyter', detail: 'cannot be asked' });
  return false;
}

async function ask(
  trip: Trip,
  target: SshTarget,
): Promise<ProbeReply['answer'] | 'no key without a question' | 'no ssh'> {
  const { deps, server, name } = trip;
  if (!(await mayHaveLoginKey(deps.world, target.keyFile))) return 'no key without a question';
  if (!target.pinned && trip.warned !== true) {
    trip.warned = true;
    deps.warn(`the host key of ${name} is not known: the first one met is taken.`);
  }
  const { answer } = await probeOverSsh(deps, server, { name, target }, askPatience).catch(noSsh);
  trip.silent = answer === 'jupyter down';
  return answer;
}

function noSsh(error: unknown): { readonly answer: 'no ssh' } {
  if (error instanceof NubesError && error.code === 'CONFIGURATION') return { answer: 'no ssh' };
  throw error;
}

function arrived({ hop, goal }: Trip, detail: string): true {
  if (hop !== 'answers') goal.onProgress({ name: 'ssh', detail: 'not reached from here' });
  goal.onProgress({ name: 'jupyter', detail });
  return true;
}
