import type { Image } from '../site-resources.ts';

/** Which images a list shows, as Glance reads its query. A string is the text of a 400. */
export function matchingImages(
  images: readonly Image[],
  query: URLSearchParams,
  projectId: string,
): readonly Image[] | string {
  const visibility = query.get('visibility');
  if (visibility !== null && !visibilities.has(visibility)) {
    return `Invalid visibility value: ${visibility}`;
  }
  const memberStatus = query.get('member_status') ?? 'accepted';
  const isHidden = query.get('os_hidden')?.toLowerCase() === 'true';
  let found = images.filter(
    (image) =>
      (image.hidden ?? false) === isHidden &&
      isListed(image, { projectId, visibility, memberStatus }),
  );
  for (const [key, value] of query) {
    if (otherParameters.has(key)) continue;
    const test = textKeys.has(key) ? operatorTest(value) : (text: string) => text === value;
    if (typeof test === 'string') return test;
    found = found.filter((image) => test(String(fieldOf(image, key))));
  }
  return found;
}

const visibilities = new Set(['public', 'private', 'shared', 'community', 'all']);
const otherParameters = new Set([
  ...['limit', 'marker', 'sort', 'sort_key', 'sort_dir'],
  ...['visibility', 'member_status', 'os_hidden'],
]);

interface ListedFor {
  readonly projectId: string;
  readonly visibility: string | null;
  readonly memberStatus: string;
}

/** Community images are listed only on request, and shared ones once the project has accepted them. */
function isListed(image: Image, { projectId, visibility, memberStatus }: ListedFor): boolean {
  const own = image.owner === projectId;
  const kind = visibilityOf(image);
  if (visibility !== null && visibility !== 'all' && visibility !== kind) return false;
  if (own || kind === 'public') return true;
  if (kind === 'community') return visibility !== null;
  const status = image.members?.[projectId];
  return kind === 'shared' && status !== undefined && ['all', status].includes(memberStatus);
}

/** Whether a project may read an image whose id it knows. */
export function isReadable(image: Image, projectId: string): boolean {
  const kind = visibilityOf(image);
  if (image.owner === projectId || kind === 'public' || kind === 'community') return true;
  return kind === 'shared' && image.members?.[projectId] !== undefined;
}

export function visibilityOf({ visibility = 'public' }: Image): string {
  return visibility;
}

/** Only the values of these begin with an operator; the others are compared as they are. */
const textKeys = new Set(['id', 'name', 'status', 'container_format', 'disk_format']);

function fieldOf(image: Image, key: string): unknown {
  const fields: Readonly<Record<string, unknown>> = {
    ...image.properties,
    ...{ id: image.id, name: image.name, status: image.status, owner: image.owner },
    ...{ container_format: 'bare', disk_format: 'raw' },
    ...{ min_ram: image.minRam, min_disk: image.minDisk },
  };
  return fields[key];
}

/** `VALUE`, `eq:VALUE` or `in:VALUE,"VALUE"`. */
function operatorTest(value: string): ((text: string) => boolean) | string {
  const at = value.indexOf(':');
  if (at < 0) return (text) => text === value;
  const [operator, operand] = [value.slice(0, at), value.slice(at + 1)];
  if (operator === 'eq') return (text) => text === operand;
  if (operator !== 'in') return `Unable to filter by unknown operator '${operator}'.`;
  if (operand.replaceAll('\\"', '').split('"').length % 2 === 0) {
    return `Invalid filter value ${operand}. The quote is not closed.`;
  }
  const wanted = [...operand.matchAll(/"((?:\\"|[^"])*)"|([^,]+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain,
  );
  return (text) => wanted.includes(text);
}
