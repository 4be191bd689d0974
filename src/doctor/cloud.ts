import { gibibytes } from '../gibibytes.ts';
import { chooseImage } from '../notebooks/create/choice/image.ts';
import { chooseNetwork } from '../notebooks/create/choice/network.ts';
import { checkFit, chooseSize } from '../notebooks/create/choice/size.ts';
import { summarizeQuota } from '../notebooks/create/quota-summary.ts';
import type { Deps } from '../notebooks/deps.ts';
import { once } from '../once.ts';
import type { Image } from '../openstack/image/images.ts';
import { type Finding, ok, skipped, warning } from './check.ts';

type ChosenImage = () => Promise<Image>;

/** The image of the settings, which several checks need. */
export function chosenImage(deps: Deps): ChosenImage {
  return once(() => chooseImage(deps, deps.settings.notebook.image));
}

/** Images, sizes and networks are what `create` takes without flags. */
export async function checkImage({ settings }: Deps, chosen: ChosenImage): Promise<Finding> {
  if (settings.notebook.image === undefined) return notSet('image');
  const { id, name, hasJupyter } = await chosen();
  if (hasJupyter !== false) return ok(`${name} (${id})`);
  return warning(`The image ${name} says that it has no Jupyter.`, 'nubes-nb images');
}

export async function checkSize(deps: Deps, chosen: ChosenImage): Promise<Finding> {
  const { size: wanted, image: name } = deps.settings.notebook;
  if (wanted === undefined) return notSet('size');
  const size = await chooseSize(deps, wanted);
  if (name !== undefined) {
    const image = await chosen().catch(() => undefined);
    if (image !== undefined) checkFit(image, size);
  }
  return ok(
    `${size.name}: ${size.vcpus} ${size.vcpus === 1 ? 'core' : 'cores'}, ${gibibytes(size.ramMiB)}, ${size.diskGiB} GiB disk`,
  );
}

export async function checkNetwork({ network, settings }: Deps): Promise<Finding> {
  const { name, id } = await chooseNetwork(network, settings.notebook.network);
  return ok(`${name} (${id})`);
}

function notSet(noun: 'image' | 'size'): Finding {
  return skipped(`notebook.${noun} is not set: create needs --${noun} (nubes-nb ${noun}s)`);
}

export async function checkQuota(deps: Deps): Promise<Finding> {
  const { instances, cores, notebooks, fits } = await summarizeQuota(deps);
  const free = `${instances.free ?? 'any number of'} instances and ${cores.free ?? 'any number of'} cores free`;
  const own = `${notebooks.used} of your ${notebooks.max} notebooks`;
  const detail = `${free}; ${own}`;
  const isFull = notebooks.used >= notebooks.max || instances.free === 0 || fits?.count === 0;
  if (!isFull) return ok(detail);
  return warning(`No other notebook fits: ${detail}.`, 'nubes-nb quota shows what to delete');
}
