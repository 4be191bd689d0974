import { resolve } from 'node:path';
import { NubesError } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import * as limits from '../../openstack/compute/limits.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Image } from '../../openstack/image/images.ts';
import type { Network } from '../../openstack/network/networks.ts';
import { findKey, generateKey, type PublicKey } from '../../ssh/keys.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { chooseImage, chooseNetwork, chooseSize } from './choose.ts';
import { type UnfinishedCreate, unfinishedCreates } from './journal.ts';
import type { CreateOptions } from './submit.ts';

/** What is looked up before notebooks are made: each thing once, however many notebooks want it. */
export interface Lookups {
  readonly own: () => Promise<Server[]>;
  readonly image: (wish: CreateOptions) => Promise<Image>;
  readonly size: (wish: CreateOptions) => Promise<Flavor>;
  readonly network: (wish: CreateOptions) => Promise<Network>;
  readonly key: (wish: CreateOptions) => Promise<PublicKey>;
  /** The id of the security group of direct notebooks, made where there is none. */
  readonly jupyterGroup: () => Promise<string>;
  readonly limits: () => Promise<limits.Limits>;
  /** Creations of which this computer does not know how they ended, by name. */
  readonly unfinished: () => Promise<ReadonlyMap<string, UnfinishedCreate>>;
  /** Quota and limits have been checked for all that is to be made. */
  readonly counted: boolean;
}

export function openLookups(deps: Deps, { counted = false } = {}): Lookups {
  const { notebook } = deps.settings;
  const own = oncePer(() => listOwn(deps));
  const quota = oncePer(() => limits.show(deps.compute));
  const unfinished = oncePer(() =>
    unfinishedCreates(deps.stateFolder, deps.project.id, deps.owner.name),
  );
  const image = oncePer((name) => chooseImage(deps.image, name));
  const size = oncePer((name) => chooseSize(deps.compute, name));
  const network = oncePer((name) => chooseNetwork(deps.network, name));
  const group = oncePer(() => groupFor(deps));
  return {
    counted,
    own: () => own(undefined),
    jupyterGroup: () => group(undefined),
    limits: () => quota(undefined),
    unfinished: () => unfinished(undefined),
    image: (wish) => image(wish.image ?? notebook.image),
    size: (wish) => size(wish.size ?? notebook.size),
    network: (wish) => network(wish.network ?? notebook.network),
    key: oncePerKey(deps),
  };
}

/** Two questions about the same missing key would be one too many. */
function oncePerKey(deps: Deps): Lookups['key'] {
  const found = new Map<string | undefined, Promise<PublicKey>>();
  return (wish) => {
    const known = found.get(wish.key) ?? keyFor(deps, wish);
    found.set(wish.key, known);
    return known;
  };
}

async function keyFor({ world, settings }: Deps, wish: CreateOptions): Promise<PublicKey> {
  const named = keyFileOf(world.cwd, wish) ?? settings.notebook.keyFile;
  const found = await findKey(world.home, named);
  if (found !== undefined) return found;
  if (await wish.mayMakeKey()) return generateKey(world.home);
  throw new NubesError('USAGE', 'There is no SSH key in ~/.ssh to reach the notebook with.', {
    hint: 'ssh-keygen -t ed25519 makes one; or name one with --key.',
  });
}

async function groupFor(deps: Deps): Promise<string> {
  const { jupyterGroup } = await import('../https/security-group.ts');
  return jupyterGroup(deps);
}

export function keyFileOf(cwd: string, { key }: Pick<CreateOptions, 'key'>): string | undefined {
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
