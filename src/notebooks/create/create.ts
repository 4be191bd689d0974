import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { isTimeUp, within } from '../deadline.ts';
import type { Desk } from '../deps.ts';
import { cameSecond, deletedMeanwhile, VmGone } from '../errors.ts';
import { byAge } from '../find.ts';
import { wantsFloatingIp } from '../https/certificate.ts';
import { nameOf } from '../identity.ts';
import { urlToTell } from '../jupyter/token-url.ts';
import { checkName } from '../name.ts';
import { type Outcome, outcomeOf, type Reached } from '../outcome.ts';
import type { Enter, Wait } from '../patience.ts';
import { follow, timeUp } from '../readiness/wait-until-ready.ts';
import { watching } from '../waiting.ts';
import { giveWay, leftTwins, outlast } from './duplicates.ts';
import { type JournalEntry, noteGone, noteTold, noteWaited } from './journal.ts';
import { keyFileOf, openSurvey, type Survey } from './lookups.ts';
import { type Launched, launch, type Wish } from './submit.ts';

/** A new notebook. */
export interface Created extends Outcome {
  /** Its URL, with the token where that can be told; null for a direct notebook without an address. */
  readonly url: string | null;
}

/** Creates a notebook and waits for as much as is wanted. */
export async function create(
  ownDesk: Desk,
  wish: Wish,
  wait: Wait,
  enter: Enter,
  survey: Survey = openSurvey(ownDesk),
): Promise<Created> {
  const name = checkName(wish.name);
  const desk = asWished(ownDesk, wish);
  const journal = (entry: JournalEntry) => desk.journal({ ...entry, goal: wait.goal });
  const made = await launch({ ...desk, journal }, wish, { ...wait, enter }, survey);
  const words = {
    message: `Stopped watching; ${name} goes on being built.`,
    hint: `nubes-nb start ${name} waits until it is ready; nubes-nb delete ${name} removes it.`,
  };
  const work = async () => {
    const up = await followNew(within(desk, wait.deadline), made, wait, enter);
    const reached = await withCertificate(desk, up, wish, wait, enter);
    const { server, failure } = reached;
    if (failure !== undefined) await noteTold(desk.journal, made);
    else if (made.mayBeSecond) await outlast(within(desk, wait.deadline), server, enter);
    else await noteWaited(desk.journal, server);
    const outcome = await outcomeOf(desk, reached);
    return { ...outcome, url: await urlToTell(desk, server) };
  };
  return watching(desk.world, words, () =>
    work().catch(async (error: unknown) => {
      await (error instanceof VmGone ? noteGone : noteTold)(desk.journal, made);
      throw error;
    }),
  );
}

/**
 * Nova counts whole seconds, so a twin of the same second may still come and be the older one by its
 * id. Whoever waits for more looks again anyway; whoever does not looks once, after that second.
 */
const twinWindow = 1_200;

async function followNew(
  desk: Desk,
  made: Launched,
  { goal, deadline }: Wait,
  enter: Enter,
): Promise<Reached> {
  const { name } = made;
  const look = () => oursOrGiveWay(desk, made);
  if (goal === 'accepted') await desk.world.sleep(twinWindow, desk.world.interrupted);
  const first = await look().catch((error: unknown) => {
    throw isTimeUp(error, desk, deadline) ? timeUp(name) : error;
  });
  if (goal === 'accepted') {
    if (wantsFloatingIp(first, desk.settings.notebook)) {
      desk.warn(
        `${name} gets its floating IP from nubes-nb start ${name}, which waits for its port.`,
      );
    }
    return { server: first };
  }
  const reached = await follow(desk, first, { goal, deadline, enter, look, floatingIp: true });
  if (reached.failure instanceof VmGone) throw reached.failure;
  return reached;
}

/** The site's certificate comes once Jupyter is up with its own: Nova is not told the key. */
async function withCertificate(
  desk: Desk,
  reached: Reached,
  { certificate, asks }: Wish,
  { deadline }: Wait,
  enter: Enter,
): Promise<Reached> {
  if (certificate === undefined) return reached;
  const { server } = reached;
  const name = nameOf(server);
  if (reached.jupyter !== 'ready') {
    desk.warn(`${name} signs its certificate itself until nubes-nb certify ${name} is run.`);
    return reached;
  }
  const { putCertificate } = await import('../https/install-certificate.ts');
  try {
    await putCertificate(desk, server, { certificate, asks, deadline }, enter);
    return reached;
  } catch (error) {
    if (!(error instanceof NubesError) || desk.world.interrupted.aborted) throw error;
    return { ...reached, failure: error };
  }
}

/** What is wished for this notebook stands in for the settings, also in the tunnel that is printed. */
function asWished(desk: Desk, wish: Wish): Desk {
  const { notebook } = desk.settings;
  const own = {
    keyFile: keyFileOf(desk.world.cwd, wish) ?? notebook.keyFile,
    access: wish.access ?? notebook.access,
    expires: wish.expires ?? notebook.expires,
    idleTimeout: wish.idleTimeout ?? notebook.idleTimeout,
  };
  return { ...desk, settings: { ...desk.settings, notebook: { ...notebook, ...own } } };
}

/**
 * Our server among those of its name. Two shells may have raced on the name; Nova takes both, so the
 * younger one gives way here, at every look.
 */
async function oursOrGiveWay(desk: Desk, made: Launched): Promise<Server> {
  const { name, id } = made;
  const all = await desk.lookout.named(name);
  const ours = all.find((server) => server.id === id) ?? (await unlisted(desk, made));
  // Another command on this computer may have taken the creation for one that was killed.
  if (ours === undefined) throw all.length > 0 ? cameSecond(name) : deletedMeanwhile(name);
  if (await mayBeOutranked(desk, ours, all)) await giveWay(desk, ours);
  return ours;
}

/** By an older one, or by one that somebody here was told of. */
async function mayBeOutranked(desk: Desk, ours: Server, all: readonly Server[]): Promise<boolean> {
  const others = all.filter(({ id }) => id !== ours.id);
  if (others.some((server) => byAge(server, ours) < 0)) return true;
  return others.length > 0 && (await leftTwins(desk, all)).some(({ id }) => id === ours.id);
}

/** Lists may lag behind. */
async function unlisted({ lookout }: Desk, { id }: Launched): Promise<Server | undefined> {
  const server = await lookout.server(id);
  return server?.taskState === 'deleting' ? undefined : server;
}
