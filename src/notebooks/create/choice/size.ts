import { NubesError } from '../../../errors.ts';
import { gibibytes } from '../../../gibibytes.ts';
import type { Flavor } from '../../../openstack/compute/flavors.ts';
import * as flavors from '../../../openstack/compute/flavors.ts';
import { type Image, neededDiskGiB } from '../../../openstack/image/images.ts';
import type { Deps } from '../../deps.ts';
import { available, missing } from './missing.ts';

/** The size with this name, else with this id. Throws NOT_FOUND, USAGE for one without a disk, or without a name. */
export async function chooseSize(
  { compute, seen }: Pick<Deps, 'compute' | 'seen'>,
  wanted: string | undefined,
): Promise<Flavor> {
  const enabled = (await flavors.list(compute)).filter(({ disabled }) => !disabled);
  const names = enabled.filter(hasDisk).map(({ name }) => name);
  seen.sizes(names);
  const found = sizeNamed(enabled, wanted);
  if (found !== undefined && hasDisk(found)) return found;
  throw found === undefined ? missing('size', wanted, names) : withoutDisk(found, names);
}

/** The size with this name, else with this id. */
export function sizeNamed(all: readonly Flavor[], wanted: string | undefined): Flavor | undefined {
  return all.find(({ name }) => name === wanted) ?? all.find(({ id }) => id === wanted);
}

export function hasDisk({ diskGiB }: Flavor): boolean {
  return diskGiB > 0;
}

/** By Nova's default policy, only administrators may boot an image with such a flavor. */
function withoutDisk({ name }: Flavor, names: readonly string[]): NubesError {
  const message = `The size ${name} has no disk: it is for VMs that boot from a volume.`;
  return new NubesError('USAGE', message, { hint: available('size', names) });
}

/** Throws USAGE if the image does not fit the size; Nova's 400 would be less clear. */
export function checkFit(image: Image, size: Flavor): void {
  const diskGiB = neededDiskGiB(image);
  const needs =
    image.minRamMiB > size.ramMiB
      ? `${gibibytes(image.minRamMiB)} of memory; ${size.name} has ${gibibytes(size.ramMiB)}`
      : diskGiB > size.diskGiB
        ? `${diskGiB} GiB of disk; ${size.name} has ${size.diskGiB}`
        : undefined;
  if (needs === undefined) return;
  throw new NubesError('USAGE', `The image ${image.name} needs ${needs}.`, {
    hint: 'choose a larger one with --size',
  });
}
