import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import type { Notebook } from '../notebook.ts';

/** A notebook by name or UUID. With `probe` it is asked whether Jupyter answers. */
export async function show(deps: Deps, reference: string, probe = false): Promise<Notebook> {
  const server = await find(deps, reference);
  if (probe) {
    const { probedOne } = await import('../readiness/probe.ts');
    return probedOne(deps, server);
  }
  const { toNotebookWithCertificate } = await import('../https/shown.ts');
  return toNotebookWithCertificate(deps, server);
}
