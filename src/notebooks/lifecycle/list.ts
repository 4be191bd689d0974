import type { Deps } from '../deps.ts';
import { withFaults } from '../fault.ts';
import { listOwn } from '../find.ts';
import { describe, type Notebook, type ServerNotebook, toNotebooks } from '../notebook.ts';

/** The owner's notebooks, oldest first. `probe` checks whether the Jupyter of the running ones answers. */
export async function list(deps: Deps, probe = false): Promise<Notebook[]> {
  if (!probe) return toNotebooks(deps, await withFaults(deps.compute, await listOwn(deps)));
  const { probeAll } = await import('../connect/probe.ts');
  return probeAll(deps);
}

/** The same without what this computer knows about them, which takes longer than the rest of a short list. */
export async function listServers(deps: Deps): Promise<ServerNotebook[]> {
  return (await listOwn(deps)).map(describe);
}
