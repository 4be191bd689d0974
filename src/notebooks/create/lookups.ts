import { resolve } from 'node:path';
import { NubesError } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import * as limits from '../../openstack/compute/limits.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Image } from '../../openstack/image/images.ts';
import type { Network } from '../../openstack/network/networks.ts';
import { findKey, makeKey, type PublicKey } from '../../ssh/keys.ts';
import type { Desk } from '../deps.ts';
import { mine } from '../find.ts';
import { chooseImage, chooseNetwork, chooseSize } from './choose.ts';
import { type OpenIntent, openIntents } from './journal.ts';
import type { Wish } from './submit.ts';

/** What is looked up before notebooks are made: each thing once, however many notebooks want it. */
export interface Survey {
  readonly own: () => Promise<Server[]>;
  readonly image: (wish: Wish) => Promise<Image>;
  readonly size: (wish: Wish) => Promise<Flavor>;
  readonly network: (wish: Wish) => Promise<Network>;
  readonly key: (wish: Wish) => Promise<PublicKey>;
  /** The id of the security group of direct notebooks, made where there is none. */
  readonly jupyterGroup: () => Promise<string>;
  readonly limits: () => Promise<limits.Limits>;
  /** Creations of which this computer does not know how they ended, by name. */
  readonly intents: () => Promise<ReadonlyMap<string, OpenIntent>>;
  /** Quota and limits have been checked for all that is to be made. */
  readonly counted: boolean;
}

export function openSurvey(desk: Desk, { counted = false } = {}): Survey {
  const { notebook } = desk.settings;
  const own = oncePer(() => mine(desk));
  const quota = oncePer(() => limits.show(desk.compute));
  const intents = oncePer(() => openIntents(desk.stateFolder, desk.project.id, desk.owner.name));
  const image = oncePer((name) => chooseImage(desk.image, name));
  const size = oncePer((name) => chooseSize(desk.compute, name));
  const network = oncePer((name) => chooseNetwork(desk.network, name));
  const group = oncePer(() => groupFor(desk));
  return {
    counted,
    own: () => own(undefined),
    jupyterGroup: () => group(undefined),
    limits: () => quota(undefined),
    intents: () => intents(undefined),
    image: (wish) => image(wish.image ?? notebook.image),
    size: (wish) => size(wish.size ?? notebook.size),
    network: (wish) => network(wish.network ?? notebook.network),
    key: oncePerKey(desk),
  };
}

/** Two questions about the same missing key would be one too many. */
function oncePerKey(desk: Desk): Survey['key'] {
  const found = new Map<string | undefined, Promise<PublicKey>>();
  return (wish) => {
    const known = found.get(wish.key) ?? keyFor(desk, wish);
    found.set(wish.key, known);
    return known;
  };
}

async function keyFor({ world, settings }: Desk, wish: Wish): Promise<PublicKey> {
  const named = keyFileOf(world.cwd, wish) ?? settings.notebook.keyFile;
  const found = await findKey(world.home, named);
  if (found !== undefined) return found;
  if (await wish.mayMakeKey()) return makeKey(world.home);
  throw new NubesError('USAGE', 'There is no SSH key in ~/.ssh to reach the notebook with.', {
    hint: 'ssh-keygen -t ed25519 makes one; or name one with --key.',
  });
}

async function groupFor(desk: Desk): Promise<string> {
  const { jupyterGroup } = await import('../https/security-group.ts');
  return jupyterGroup(desk);
}

export function keyFileOf(cwd: string, { key }: Pick<Wish, 'key'>): string | undefined {
  return key === undefined ? undefined : resolve(cwd, key);
}

function oncePer<Found>(
  find: (name: string | undefined) => Promise<Found>,
): (name: string | undefined) => Promise<Found> {
  const found = new Map<string | undefined, Promise<Found>>();
  return (name) => {
    const known = found.get(name) ?? find(name);
    found.set(name, known);
    return known;
  };
}
