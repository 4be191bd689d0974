import * as images from '../../openstack/image/images.ts';
import type { Deps } from '../deps.ts';
import type { AnyNotebook } from './list.ts';

export interface WithImageStatus extends AnyNotebook {
  /** Glance's: active, deactivated...; null if this login cannot see the image, or it does not exist any more. */
  readonly imageStatus: string | null;
}

/** Asks Glance once for all notebooks. Without an answer the list is still worth printing, so that is a warning. */
export async function withImageStatus(
  { image, warn, world }: Pick<Deps, 'image' | 'warn' | 'world'>,
  notebooks: readonly AnyNotebook[],
): Promise<WithImageStatus[]> {
  if (notebooks.length === 0) return [];
  const statuses = await images.statuses(image).catch((error: unknown) => {
    if (world.interrupted.aborted) throw error;
    warn(`the status of images is unknown: ${error instanceof Error ? error.message : error}`);
    return new Map<string, string>();
  });
  return notebooks.map((each) => ({
    ...each,
    imageStatus: statuses.get(each.image.id ?? '') ?? null,
  }));
}
