import type { Deps } from '../deps.ts';
import { withFaults } from '../fault.ts';
import { listOwn, listOwnInParts } from '../find.ts';
import { describe, type Notebook, type ServerNotebook, toNotebooks } from '../notebook.ts';

/** The owner's notebooks, oldest first. */
export async function list(deps: Deps): Promise<Notebook[]> {
  return toNotebooks(deps, await withFaults(deps.compute, await listOwn(deps)));
}

/** A notebook is much larger than its server, so only so many are made before they are used. */
const maxPart = 25;

interface ListOptions {
  /** Checks whether the Jupyter of the running ones answers. */
  readonly probe?: boolean;
  /** Asks Nova for the fault of each one in error; true by default. */
  readonly faults?: boolean;
}

/** The same in parts, as Nova's pages arrive. */
export async function* listInParts(
  deps: Deps,
  { probe = false, faults = true }: ListOptions = {},
): AsyncGenerator<readonly Notebook[]> {
  for await (const page of listOwnInParts(deps)) {
    for (let at = 0; at < page.length; at += maxPart) {
      const part = page.slice(at, at + maxPart);
      const servers = faults ? await withFaults(deps.compute, part) : part;
      yield probe ? await probed(deps, servers) : await toNotebooks(deps, servers);
    }
  }
}

async function probed(deps: Deps, servers: Parameters<typeof toNotebooks>[1]): Promise<Notebook[]> {
  const { probeServers } = await import('../connect/probe.ts');
  return probeServers(deps, servers);
}

/** The same without what this computer knows about them, which takes longer than the rest of a short list. */
export async function* listServersInParts(deps: Deps): AsyncGenerator<readonly ServerNotebook[]> {
  for await (const servers of listOwnInParts(deps)) yield servers.map(describe);
}

/** The ids of the images that no new VM can boot, hidden ones included; none without an answer of Glance. */
export async function deactivatedImages({
  image,
  note,
  world,
}: Pick<Deps, 'image' | 'note' | 'world'>): Promise<ReadonlySet<string>> {
  const { listDeactivated } = await import('../../openstack/image/images.ts');
  const { orUnknown } = await import('../image-status.ts');
  const found = await orUnknown(world, listDeactivated(image), note);
  return new Set(found?.map(({ id }) => id));
}
