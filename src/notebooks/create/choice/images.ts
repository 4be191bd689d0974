import type { Image } from '../../../openstack/image/images.ts';
import * as images from '../../../openstack/image/images.ts';
import { rfc3339 } from '../../../rfc3339.ts';
import type { Deps } from '../../deps.ts';

/** An image as users choose it. Fields are only ever added. */
export interface ImageChoice {
  readonly name: string;
  readonly id: string;
  /** Glance's: active, deactivated, queued... */
  readonly status: string;
  /** Whether it has Jupyter; null: its properties do not say. */
  readonly jupyter: boolean | null;
  readonly software: string | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** What the size must have at least. */
  readonly minDiskGiB: number;
  readonly minRamMiB: number;
  readonly visibility: string | null;
  readonly hidden: boolean;
  /** `create --image NAME` boots this one: the newest active one of the name. */
  readonly current: boolean;
  /** `notebook.image` names it. */
  readonly default: boolean;
}

/** The current images of the project; with `all`, also older, hidden and deactivated ones. The default is first, then those with Jupyter. */
export async function listImages(
  { image, settings, seen }: Deps,
  all: boolean,
): Promise<ImageChoice[]> {
  const found = all ? await images.listEvery(image) : await images.list(image);
  const wanted = settings.notebook.image;
  const current = currentOnes(found);
  seen.images(found.filter(({ id }) => current.has(id)).map(({ name }) => name));
  return found
    .map((each) => toChoice(each, current.has(each.id), wanted))
    .filter((choice) => all || choice.current)
    .sort(mostSuitableFirst);
}

/** The ids of the newest active image of each name that is not hidden, else of the newest hidden one. */
function currentOnes(newestFirst: readonly Image[]): ReadonlySet<string> {
  const byName = new Map<string, Image>();
  for (const image of newestFirst) {
    const known = byName.get(image.name);
    const isBetter = known === undefined || (known.hidden && !image.hidden);
    if (image.status === 'active' && isBetter) byName.set(image.name, image);
  }
  return new Set([...byName.values()].map(({ id }) => id));
}

function toChoice(image: Image, current: boolean, wanted: string | undefined): ImageChoice {
  const { name, id, status, minRamMiB, hidden } = image;
  return {
    ...{ name, id, status },
    jupyter: image.hasJupyter ?? null,
    software: image.software || null,
    createdAt: rfc3339(image.createdAt),
    minDiskGiB: images.neededDiskGiB(image),
    ...{ minRamMiB, visibility: image.visibility || null, hidden, current },
    default: wanted === id || (wanted === name && current),
  };
}

function mostSuitableFirst(one: ImageChoice, other: ImageChoice): number {
  return rank(one) - rank(other) || one.name.localeCompare(other.name);
}

function rank({ default: isDefault, jupyter, current }: ImageChoice): number {
  if (isDefault) return 0;
  const byJupyter = jupyter === null ? 2 : jupyter ? 1 : 3;
  return current ? byJupyter : byJupyter + 3;
}
