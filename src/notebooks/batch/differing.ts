import type { Server } from '../../openstack/compute/servers.ts';
import type { CreateOptions } from '../create/submit.ts';
import { idleText, metadataKeys, nameOf, packagesMark } from '../identity.ts';

/**
 * What a notebook is made with can only be had by making it anew, which whoever edits a manifest should
 * hear; undefined where it is as wished.
 */
export function drift(wish: CreateOptions, server: Server): string | undefined {
  const other = [
    ...sizeAndImage(wish, server),
    ...idleTimeout(wish, server),
    ...packages(wish, server),
  ];
  if (other.length === 0) return undefined;
  return `${nameOf(server)} has ${other.join(' and ')}; that cannot be changed but by making it anew.`;
}

function sizeAndImage(
  { size, image }: CreateOptions,
  { flavor, imageId, metadata }: Server,
): string[] {
  const imageName = metadata[metadataKeys.image];
  return [
    ...(size !== undefined && size !== flavor.name ? [`size ${flavor.name}, not ${size}`] : []),
    ...(image !== undefined && image !== imageName
      ? [`image ${imageName ?? imageId ?? '?'}, not ${image}`]
      : []),
  ];
}

function idleTimeout({ idleTimeout: wished }: CreateOptions, { metadata }: Server): string[] {
  if (wished === undefined) return [];
  const known = metadata[metadataKeys.idle];
  if (known === idleText(wished)) return [];
  const wish = idleText(wished);
  return [
    known === undefined ? `no idle_timeout of ${wish}` : `idle_timeout ${known}, not ${wish}`,
  ];
}

function packages({ requirements }: CreateOptions, { metadata }: Server): string[] {
  if (requirements === undefined) return [];
  const known = metadata[metadataKeys.packages];
  if (known === packagesMark(requirements)) return [];
  const which = known === undefined ? 'none of the packages' : 'other packages than those';
  return [`${which} of requirements`];
}
