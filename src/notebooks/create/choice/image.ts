import { NubesError } from '../../../errors.ts';
import { ApiError } from '../../../openstack/errors.ts';
import type { Image } from '../../../openstack/image/images.ts';
import * as images from '../../../openstack/image/images.ts';
import type { Deps } from '../../deps.ts';
import { isUuid } from '../../name.ts';
import { available, missing } from './missing.ts';

/**
 * The image with this UUID, else the newest active one of exactly this name: sites publish new images
 * under the same name. Throws NOT_FOUND, CONFLICT for one that is not active, USAGE without a name.
 */
export async function chooseImage(
  deps: Pick<Deps, 'image' | 'seen'>,
  wanted: string | undefined,
): Promise<Image> {
  const { image: service, seen } = deps;
  if (wanted === undefined) throw missing('image', undefined, await activeNames(deps));
  const byId = isUuid(wanted) ? await images.show(service, wanted) : undefined;
  if (byId?.status === 'active') return byId;
  const [newest] = byId === undefined ? await images.byName(service, wanted) : [];
  if (newest === undefined) return chooseUnlisted(deps, wanted, byId);
  seen.image(newest.name);
  return newest;
}

/** A hidden image: sites hide those that newer ones have replaced. Throws why there is none. */
async function chooseUnlisted(
  deps: Pick<Deps, 'image' | 'seen'>,
  wanted: string,
  byId: Image | undefined,
): Promise<Image> {
  const { image: service } = deps;
  const [hidden, readable, names] = await Promise.all([
    orNone(images.byNameUnlisted(service, wanted, 'hidden')),
    orNone(images.byNameUnlisted(service, wanted, 'readable')),
    activeNames(deps),
  ]);
  const isActive = ({ status }: Image) => status === 'active';
  const newest = byId === undefined ? hidden.find(isActive) : undefined;
  if (newest !== undefined) return newest;
  const inactive = byId ?? [...readable, ...hidden].find((image) => !isActive(image));
  const offered = readable.filter(isActive);
  if (byId === undefined && offered.length > 0) throw offeredByOthers(wanted, offered);
  throw inactive === undefined ? missing('image', wanted, names) : notActive(inactive, names);
}

async function activeNames({
  image,
  seen,
}: Pick<Deps, 'image' | 'seen'>): Promise<readonly string[]> {
  const names = (await images.list(image)).map(({ name }) => name);
  seen.images(names);
  return names;
}

/** An older Glance may refuse these filters; the error is about the name all the same. */
async function orNone(found: Promise<Image[]>): Promise<readonly Image[]> {
  return found.catch((error: unknown) => {
    if (error instanceof ApiError && !error.isForeign && error.status < 500) return [];
    throw error;
  });
}

/** Any project may offer an image under any name, so these are taken by id only. */
function offeredByOthers(wanted: string, offered: readonly Image[]): NubesError {
  const message = `Your project has no image named '${wanted}', but other projects offer one.`;
  const ids = offered
    .slice(0, 3)
    .map(({ id, visibility, owner }) => `${id} (${visibility}, of the project ${owner})`);
  return new NubesError('NOT_FOUND', message, {
    hint: `--image ID takes one whose project you trust: ${ids.join(', ')}`,
  });
}

function notActive({ name, status }: Image, names: readonly string[]): NubesError {
  return new NubesError('CONFLICT', `The image ${name} cannot be used: it is ${status}.`, {
    hint: available('image', names),
  });
}
