import type { Flavor } from '../openstack/compute/flavors.ts';

type Size = Pick<Flavor, 'vcpus' | 'ramMiB' | 'diskGiB'>;

/** Smallest first. */
export function bySize(one: Size, other: Size): number {
  return one.vcpus - other.vcpus || one.ramMiB - other.ramMiB || one.diskGiB - other.diskGiB;
}
