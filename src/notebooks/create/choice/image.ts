import { NubesError } from '../../../errors.ts';
import { ApiError } from '../../../openstack/errors.ts';
import type { Image } from '../../../openstack/image/images.ts';
import * as images from '../../../openstack/image/images.ts';
import type { Service } from '../../../openstack/service.ts';
import { isUuid } from '../../name.ts';
import { available, missing } from './missing.ts';

/**
 * The image with this UUID, else the newest active one of exactly this name: sites publish new images
 * under the same name. Throws NOT_FOUND, CONFLICT for one that is not active, USAGE without a name.
 */
export async function chooseImage(service: Service, wanted: string | undefined): Promise<Image> {
  if (wanted === undefined) throw missing('image', undefined, await activeNames(service));
  const byId = isUuid(wanted) ? await images.show(service, wanted) : undefined;
  if (byId?.status === 'active') return byId;
  const [newest] = byId === undefined ? await images.byName(service, wanted) : [];
  return newest ?? chooseUnlisted(service, wanted, byId);
}

/** A hidden image: sites hide those that newer ones have replaced. Throws why there is none. */
async function chooseUnlisted(
  service: Service,
  wanted: string,
  byId: Image | undefined,
): Promise<Image> {
  const [hidden, readable, names] = await Promise.all([
    orNone(images.byNameUnlisted(service, wanted, 'hidden')),
    orNone(images.byNameUnlisted(service, wanted, 'readable')),
    activeNames(service),
  ]);
  const isActive = ({ status }: Image) => status === 'active';
  const newest = byId === undefined ? hidden.find(isActive) : undefined;
  if (newest !== undefined) return newest;
  const inactive = byId ?? [...readable, ...hidden].find((image) => !isActive(image));
  const offered = readable.filter(isActive);
  if (byId === undefined && offered.length > 0) throw offeredByOthers(wanted, offered);
  throw inactive === undefined ? missing('image', wanted, names) : notActive(inactive, names);
}

async function activeNames(service: Service): Promise<readonly string[]> {
  return (await images.list(service)).map(({ name }) => name);
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
