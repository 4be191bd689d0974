import { NubesError, shortList } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import * as flavors from '../../openstack/compute/flavors.ts';
import type { Image } from '../../openstack/image/images.ts';
import * as images from '../../openstack/image/images.ts';
import type { Network } from '../../openstack/network/networks.ts';
import * as networks from '../../openstack/network/networks.ts';
import type { Service } from '../../openstack/service.ts';

/** The error for an unknown or missing choice; its hint lists some of the available names. */
function missing(
  noun: string,
  flag: string,
  wanted: string | undefined,
  there: readonly string[],
): NubesError {
  const known =
    there.length === 0 ? `the project sees no ${noun} at all` : `there are: ${some(there)}`;
  return wanted === undefined
    ? new NubesError('USAGE', `No ${noun} is chosen.`, {
        hint: `${flag} NAME, or nubes-nb config set notebook.${flag.slice(2)} NAME; ${known}`,
      })
    : new NubesError('NOT_FOUND', `There is no ${noun} named '${wanted}'.`, { hint: known });
}

function some(names: readonly string[]): string {
  return shortList([...new Set(names)].sort(), 12);
}

/** The newest active image of exactly this name: sites publish new images under the same name. */
export async function chooseImage(image: Service, name: string | undefined): Promise<Image> {
  const [newest] = name === undefined ? [] : await images.byName(image, name);
  if (newest !== undefined) return newest;
  const there = await images.list(image);
  throw missing(
    'image',
    '--image',
    name,
    there.map((one) => one.name),
  );
}

export async function chooseSize(compute: Service, name: string | undefined): Promise<Flavor> {
  const there = (await flavors.list(compute)).filter(({ disabled }) => !disabled);
  const found = there.find((flavor) => flavor.name === name);
  if (found !== undefined) return found;
  throw missing(
    'size',
    '--size',
    name,
    there.map((one) => one.name),
  );
}

/** The named network, or the only one a VM can be put on. */
export async function chooseNetwork(network: Service, name: string | undefined): Promise<Network> {
  const named = name === undefined ? [] : await networks.byName(network, name);
  if (named.length > 1) {
    throw new NubesError('CONFLICT', `Several networks are named '${name}'.`, {
      hint: `set notebook.network to one of the ids: ${some(named.map(({ id }) => id))}`,
    });
  }
  if (named[0] !== undefined) return named[0];
  const there = (await networks.list(network)).filter(({ external }) => !external);
  const only = there.length === 1 ? there[0] : undefined;
  const byId = there.find(({ id }) => id === name);
  const found = byId ?? (name === undefined ? only : undefined);
  if (found !== undefined) return found;
  throw missing(
    'network',
    '--network',
    name,
    there.map((one) => one.name),
  );
}

/** Throws USAGE if the image does not fit the size; Nova's 400 would be less clear. */
export function checkFit(image: Image, size: Flavor): void {
  const needs =
    image.minRamMiB > size.ramMiB
      ? `${image.minRamMiB} MiB of memory; ${size.name} has ${size.ramMiB}`
      : image.minDiskGiB > size.diskGiB && size.diskGiB > 0
        ? `${image.minDiskGiB} GiB of disk; ${size.name} has ${size.diskGiB}`
        : undefined;
  if (needs === undefined) return;
  throw new NubesError('USAGE', `The image ${image.name} needs ${needs}.`, {
    hint: 'choose a larger one with --size',
  });
}
