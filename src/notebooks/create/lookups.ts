import { NubesError } from '../../errors.ts';
import { once } from '../../once.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Limits } from '../../openstack/compute/limits.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Image } from '../../openstack/image/images.ts';
import type { Network } from '../../openstack/network/networks.ts';
import { findKey, generateKey, type PublicKey } from '../../ssh/keys.ts';
import type { World } from '../../world.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { type UnfinishedCreate, unfinishedCreates } from '../journal.ts';
import { type BuildWait, openTurns } from './builds.ts';
import { chooseImage } from './choice/image.ts';
import { chooseNetwork } from './choice/network.ts';
import { chooseSize } from './choice/size.ts';
import type { CreateOptions } from './options.ts';
import { type StaffKey, staffKeys } from './staff-keys.ts';
import { limitsOrNone } from './usage.ts';

/** What creating notebooks needs from the cloud and this computer. Each answer is fetched once, however many notebooks need it. */
export interface Lookups {
  readonly own: () => Promise<Server[]>;
  readonly image: (options: Pick<CreateOptions, 'image'>) => Promise<Image>;
  readonly size: (options: Pick<CreateOptions, 'size'>) => Promise<Flavor>;
  readonly network: (options: Pick<CreateOptions, 'network'>) => Promise<Network>;
  /** The key that is there already; undefined if one has to be made. */
  readonly knownKey: (options: Pick<CreateOptions, 'keyFile'>) => Promise<PublicKey | undefined>;
  /** The same; asks whether to make one, which is to be the last of the checks. */
  readonly key: (options: Pick<CreateOptions, 'keyFile' | 'mayMakeKey'>) => Promise<PublicKey>;
  /** The id of the security group of direct notebooks, which is created if it is missing. */
  readonly jupyterGroup: () => Promise<string>;
  /** The cloud team's, for VMs of the image. */
  readonly staffKeys: (image: Image) => Promise<readonly StaffKey[]>;
  /** Waits until another build of the user is within `limits.concurrency`. */
  readonly turn: (wait: BuildWait) => Promise<void>;
  readonly limits: () => Promise<Limits>;
  /** This computer's creates whose outcome is unknown, by name. */
  readonly unfinished: () => Promise<ReadonlyMap<string, UnfinishedCreate>>;
  /** Quota and limits have been checked for all that is to be created. */
  readonly counted: boolean;
}

export function openLookups(deps: Deps, { counted = false } = {}): Lookups {
  const image = memoize((name) => chooseImage(deps, name));
  const size = memoize((name) => chooseSize(deps, name));
  const network = memoize((name) => chooseNetwork(deps.network, name));
  const own = once(() => listOwn(deps));
  return {
    counted,
    own,
    turn: openTurns(deps, own),
    // Nova checks the quota itself, so a create without this check ends with the same refusal, but later.
    limits: once(() => limitsOrNone(deps, 'the quota is not checked before the request')),
    unfinished: once(() => unfinishedCreates(deps.stateFolder, deps.project.id, deps.owner.name)),
    jupyterGroup: once(async () => {
      const { jupyterGroup } = await import('../https/security-group.ts');
      return jupyterGroup(deps);
    }),
    staffKeys: memoizedStaffKeys(deps),
    image: (options) => image(options.image),
    size: (options) => size(options.size),
    network: (options) => network(options.network),
    ...memoizedKeys(deps),
  };
}

/** Read and printed once for each image. */
function memoizedStaffKeys(deps: Deps): Lookups['staffKeys'] {
  const found = new Map<string, Promise<readonly StaffKey[]>>();
  return (image) => {
    const keys = found.get(image.id) ?? staffKeys(deps, image);
    found.set(image.id, keys);
    return keys;
  };
}

/** The user is prompted at most once for each missing key. */
function memoizedKeys({ world }: Deps): Pick<Lookups, 'knownKey' | 'key'> {
  const known = memoize((keyFile) => findKey(world, keyFile));
  const keys = new Map<string | undefined, Promise<PublicKey>>();
  return {
    knownKey: ({ keyFile }) => known(keyFile),
    key: ({ keyFile, mayMakeKey }) => {
      const key = keys.get(keyFile) ?? orMakeKey(world, known(keyFile), mayMakeKey);
      keys.set(keyFile, key);
      return key;
    },
  };
}

async function orMakeKey(
  world: World,
  known: Promise<PublicKey | undefined>,
  mayMakeKey: CreateOptions['mayMakeKey'],
): Promise<PublicKey> {
  const found = await known;
  if (found !== undefined) return found;
  if (await mayMakeKey()) return generateKey(world);
  throw new NubesError(
    'USAGE',
    'There is no SSH key in ~/.ssh or in your SSH agent to reach the notebook with.',
    {
      hint: 'ssh-keygen -t ed25519 makes one; or name one with --key',
    },
  );
}

function memoize<Found>(
  find: (name: string | undefined) => Promise<Found>,
): (name: string | undefined) => Promise<Found> {
  const found = new Map<string | undefined, Promise<Found>>();
  return (name) => {
    const known = found.get(name) ?? find(name);
    found.set(name, known);
    return known;
  };
}
