import type { Flavor } from '../../../openstack/compute/flavors.ts';
import * as flavors from '../../../openstack/compute/flavors.ts';
import type { Deps } from '../../deps.ts';
import { bySize } from '../../size.ts';
import { finiteOrNull, type QuotaUsage, roomFor } from '../quota.ts';
import { readUsage } from '../usage.ts';
import { hasDisk } from './size.ts';

/** A flavor that a notebook can have. Fields are only ever added. */
export interface Size {
  readonly name: string;
  readonly id: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly ephemeralGiB: number;
  readonly swapMiB: number;
  /** GPUs and whatever else the VM gets by PCI passthrough, Placement or Cyborg. */
  readonly devices: readonly Device[];
  /** How many more the quota and `limits.per_user` allow now; null: unknown, or without limit. */
  readonly fits: number | null;
  /** `notebook.size` names it. */
  readonly default: boolean;
}

export interface Device {
  readonly name: string;
  readonly count: number;
}

/** The project's sizes, smallest first, and how many of each fit now. */
export async function listSizes(deps: Deps): Promise<Size[]> {
  const [all, usage] = await Promise.all([
    flavors.list(deps.compute),
    readUsage(deps, 'the quota is not known'),
  ]);
  const usable = all.filter((flavor) => !flavor.disabled && hasDisk(flavor));
  deps.seen.sizes(usable.map(({ name }) => name));
  return usable
    .map((flavor) => toSize(flavor, usage, deps.settings.notebook.size))
    .sort((one, other) => bySize(one, other) || one.name.localeCompare(other.name));
}

function toSize(flavor: Flavor, usage: QuotaUsage, wanted: string | undefined): Size {
  const { name, id, vcpus, ramMiB, diskGiB, ephemeralGiB, swapMiB } = flavor;
  return {
    ...{ name, id, vcpus, ramMiB, diskGiB, ephemeralGiB, swapMiB },
    devices: devicesIn(flavor.extraSpecs),
    fits: finiteOrNull(roomFor(flavor, usage)),
    default: wanted !== undefined && (name === wanted || id === wanted),
  };
}

/** What the extra specs of a flavor give its VMs, by Nova's three ways: PCI aliases, resource classes, Cyborg's profiles. */
export function devicesIn(extraSpecs: Flavor['extraSpecs']): Device[] {
  return Object.entries(extraSpecs).flatMap(([key, value]): Device[] => {
    if (key === 'pci_passthrough:alias') return value.split(',').flatMap(aliased);
    if (key === 'accel:device_profile') return [{ name: value, count: 1 }];
    const resource = /^resources[^:]*:(?:CUSTOM_)?(.+)$/.exec(key)?.[1];
    const count = Number(value);
    if (resource === undefined || ordinary.has(resource) || !(count > 0)) return [];
    return [{ name: resource, count }];
  });
}

/** `NAME:COUNT`. */
function aliased(text: string): Device[] {
  const [name = '', count = '1'] = text.trim().split(':');
  return name === '' ? [] : [{ name, count: Number(count) || 1 }];
}

/** What every VM has. */
const ordinary = new Set(['VCPU', 'PCPU', 'MEMORY_MB', 'DISK_GB', 'MEM_ENCRYPTION_CONTEXT']);
