import { resolve } from 'node:path';
import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { follow } from './following.ts';
import { type Launched, launch, type Wish } from './launch.ts';
import { checkName } from './name.ts';
import type { Notebook } from './notebook.ts';
import type { Desk, Enter, Patience } from './notebooks.ts';
import { ownOf } from './search.ts';
import { presented, tokenUrl } from './view.ts';
import { watching } from './waiting.ts';

/** A notebook after a verb, and why it came no further than it did. */
export interface Outcome {
  readonly notebook: Notebook;
  /** The URL with its token, where this login can derive it. */
  readonly tokenUrl: string | null;
  readonly failure?: NubesError;
}

/** Creates a notebook and waits as long as patience says. */
export async function create(
  ownDesk: Desk,
  wish: Wish,
  patience: Patience,
  enter: Enter,
): Promise<Outcome> {
  checkName(wish.name);
  const desk = withKey(ownDesk, wish.key);
  const deadline = desk.world.now().getTime() + patience.timeout;
  enter({ name: 'preflight', detail: 'image, size, network, quota' });
  const launched = await launch(desk, wish);
  const { name } = wish;
  const words = {
    message: `Stopped watching; ${name} goes on being built.`,
    hint: `nubes-nb start ${name} waits until it is ready; nubes-nb delete ${name} removes it.`,
  };
  return watching(desk.world, words, async () => {
    const look = () => own(desk, name, launched);
    const first = (await look()) ?? (await servers.show(desk.compute, launched.id));
    if (patience.goal === 'accepted') return outcome(desk, first, false);
    const watch = { world: desk.world, deadline };
    const reached = await follow(desk, first, { goal: patience.goal, watch, enter, look });
    if (desk.world.interrupted.aborted) throw reached.failure;
    if (reached.failure?.code === 'NAME_TAKEN') throw reached.failure;
    return outcome(desk, reached.server, reached.ready, reached.failure);
  });
}

/** A key named for this notebook stands in for the settings' one, also in the tunnel that is printed. */
function withKey(desk: Desk, key: string | undefined): Desk {
  if (key === undefined) return desk;
  const keyFile = resolve(desk.world.cwd, key);
  const notebook = { ...desk.settings.notebook, keyFile };
  return { ...desk, settings: { ...desk.settings, notebook } };
}

/** The notebook's facts after following it, with `ready` where Jupyter has answered. */
export async function outcome(
  desk: Desk,
  server: Server,
  ready: boolean,
  failure?: NubesError,
): Promise<Outcome> {
  const notebook = await presented(desk, server);
  const url = await tokenUrl(desk, server).catch((error: unknown) => {
    if (!(error instanceof NubesError)) throw error;
    desk.warn(`${error.message}`);
    return null;
  });
  const status = ready && notebook.status === 'running' ? 'ready' : notebook.status;
  return {
    notebook: { ...notebook, status },
    tokenUrl: url,
    ...(failure === undefined ? {} : { failure }),
  };
}

/**
 * Our server among those of its name. Two shells may have raced on the name; Nova takes both, so the
 * younger one gives way here, at every look, and deletes only what it made itself.
 */
async function own(desk: Desk, name: string, launched: Launched): Promise<Server | undefined> {
  const [oldest, ...others] = await ownOf(desk, name);
  const ours = [oldest, ...others].find((server) => server?.id === launched.id);
  if (ours === undefined || oldest === ours || oldest === undefined) return ours;
  if (oldest.metadata['nubes-nb:request'] === launched.request) return ours;
  await servers.remove(desk.compute, ours.id);
  await desk.journal({
    event: 'removed-twin',
    request: launched.request,
    project: desk.project.id,
    owner: desk.owner.name,
    name,
    id: ours.id,
  });
  throw new NubesError(
    'NAME_TAKEN',
    `Another shell created ${name} at the same time and was first; the second VM was removed.`,
    { hint: `nubes-nb show ${name} shows the one that stays.` },
  );
}
