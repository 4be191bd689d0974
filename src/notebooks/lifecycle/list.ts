import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { type Notebook, toNotebooks } from '../notebook.ts';

/** The owner's notebooks, oldest first. `probe` checks whether the Jupyter of the running ones answers. */
export async function list(deps: Deps, probe = false): Promise<Notebook[]> {
  if (!probe) return toNotebooks(deps, await listOwn(deps));
  const { probeAll } = await import('../connect/probe.ts');
  return probeAll(deps);
}
