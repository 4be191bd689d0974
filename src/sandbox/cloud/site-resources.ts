import { randomUUID } from 'node:crypto';
import { hexId } from './ids.ts';

/** Flavors, images and networks, which the site's operator provides. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly ram: number;
  /** GiB; 0: only for servers that boot from a volume. */
  readonly disk: number;
  readonly extraSpecs?: Readonly<Record<string, string>>;
}

export interface Image {
  readonly id: string;
  readonly name: string;
  status: 'active' | 'deactivated' | 'queued';
  readonly createdAt: Date;
  /** MiB. */
  readonly minRam: number;
  /** GiB. */
  readonly minDisk: number;
  readonly owner: string;
  /** Default: public. */
  readonly visibility?: 'public' | 'private' | 'shared' | 'community';
  /** `os_hidden`: left out of lists that do not ask for hidden images. */
  readonly hidden?: true;
  /** The projects that a shared image is shared with. */
  readonly members?: Readonly<Record<string, 'pending' | 'accepted' | 'rejected'>>;
  /** Bytes; undefined until it has data. */
  size?: number;
  readonly properties: Readonly<Record<string, string>>;
  /** A distribution's cloud image; the others have JupyterLab. */
  readonly lacksJupyter?: true;
}

export interface Network {
  readonly id: string;
  /** Undefined: it has no subnet. */
  readonly subnetId: string | undefined;
  readonly name: string;
  readonly external: boolean;
  readonly shared: boolean;
  readonly cidr: string;
  readonly owner: string;
  readonly createdAt: Date;
}

/** More vCPUs than any host has: a server is accepted, then fails with "No valid host was found. ". */
export const hugeVcpus = 2000;

export function defaultFlavors(): Flavor[] {
  return [
    { id: randomUUID(), name: 'l3.nano', vcpus: 2, ram: 2048, disk: 10 },
    { id: randomUUID(), name: 'l3.micro', vcpus: 4, ram: 8192, disk: 20 },
    { id: randomUUID(), name: 'l3.tiny', vcpus: 8, ram: 16_384, disk: 40 },
    { id: randomUUID(), name: 'l3.small', vcpus: 12, ram: 32_768, disk: 60 },
    { id: randomUUID(), name: 'l3.volume', vcpus: 2, ram: 2048, disk: 0 },
    { id: randomUUID(), name: 'l3.huge', vcpus: hugeVcpus, ram: 65_536, disk: 100 },
  ].sort((one, other) => one.id.localeCompare(other.id));
}

export function defaultImages(owner: string, at: Date): Image[] {
  const image = (name: string, days: number, properties: Record<string, string>): Image => ({
    id: randomUUID(),
    name,
    status: 'active',
    createdAt: new Date(at.getTime() - days * 86_400_000),
    minRam: 64,
    minDisk: 1,
    size: 1408,
    owner,
    properties,
  });
  return [
    image('jupyter-notebook-2026.11', 2, {
      os_distro: 'debian',
      os_version: '12',
      nubes_nb: '1',
      nubes_nb_jupyter_port: '8888',
      nubes_nb_software: 'JupyterLab 4.4, Python 3.13',
    }),
    {
      ...image('ubuntu-24.04-plain', 1, { os_distro: 'ubuntu', os_admin_user: 'ubuntu' }),
      lacksJupyter: true,
    },
    {
      ...image('warehoused-jupyter-notebook-2026.10', 30, { os_distro: 'debian' }),
      status: 'deactivated',
    },
    { ...image('jupyter-notebook-2026.09', 60, { os_distro: 'debian' }), hidden: true },
    {
      ...image('jupyter-community', 5, { os_distro: 'debian' }),
      visibility: 'community',
      owner: hexId(),
    },
  ];
}

export function defaultNetworks(at: Date): Network[] {
  const owner = hexId();
  return [
    {
      id: randomUUID(),
      subnetId: randomUUID(),
      name: 'Internal',
      external: false,
      shared: true,
      cidr: '172.16.100.0/22',
      owner,
      createdAt: at,
    },
    {
      id: randomUUID(),
      subnetId: randomUUID(),
      name: 'External',
      external: true,
      shared: false,
      cidr: '130.246.0.0/24',
      owner,
      createdAt: at,
    },
  ];
}
