import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import type { Notebook } from '../notebook.ts';

/** A notebook by name or UUID. `probe` checks whether its Jupyter answers. Throws NOT_FOUND, NOT_ALLOWED, CONFLICT. */
export async function show(deps: Deps, reference: string, probe = false): Promise<Notebook> {
  const server = await find(deps, reference);
  if (probe) {
    const { probeOne } = await import('../connect/probe.ts');
    return probeOne(deps, server);
  }
  const { toNotebookWithCertificate } = await import('../https/verify-certificate.ts');
  return toNotebookWithCertificate(deps, server);
}
