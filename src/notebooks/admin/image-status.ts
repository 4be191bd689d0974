import * as images from '../../openstack/image/images.ts';
import type { Deps } from '../deps.ts';
import { orUnknown } from '../image-status.ts';
import type { AnyNotebook } from './list.ts';

export interface WithImageStatus extends AnyNotebook {
  /** Glance's: active, deactivated...; null if this login cannot see the image, or it does not exist any more. */
  readonly imageStatus: string | null;
}

type ImageDeps = Pick<Deps, 'image' | 'warn' | 'world'>;

/** Lists all images of Glance, for many notebooks. */
export async function withImageStatuses(
  deps: ImageDeps,
  notebooks: readonly AnyNotebook[],
): Promise<WithImageStatus[]> {
  if (notebooks.length === 0) return [];
  const statuses = await orUnknown(deps.world, images.statuses(deps.image), deps.warn);
  return notebooks.map((each) => ({
    ...each,
    imageStatus: statuses?.get(each.image.id ?? '') ?? null,
  }));
}

/** Asks Glance for the image of one notebook. */
export async function withImageStatus(
  deps: ImageDeps,
  notebook: AnyNotebook,
): Promise<WithImageStatus> {
  const { id } = notebook.image;
  const found =
    id === null ? undefined : await orUnknown(deps.world, images.show(deps.image, id), deps.warn);
  return { ...notebook, imageStatus: found?.status ?? null };
}
