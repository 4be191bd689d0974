import { type NubesError, timedOut } from '../errors.ts';
import type { NotebookStatus } from './status.ts';

/** What the VM does that is not ready in time. */
const whileLate: { readonly [status in NotebookStatus]?: string } = {
  creating: 'is still being built',
  starting: 'is still starting',
  running: 'keeps running',
};

/** Without a status: Nova has made the VM, and has not said more. */
export function notReadyInTime(name: string, status?: NotebookStatus): NubesError {
  if (status === 'stopped' || status === 'stopping' || status === 'released') {
    return timedOut(`${name} is not ready, but ${status}`, `nubes-nb start ${name}`);
  }
  return timedOut(
    `${name} is not ready yet; its VM ${whileLate[status ?? 'unknown'] ?? 'is kept'}`,
    `nubes-nb start ${name} waits again (nubes-nb delete ${name} removes it)`,
  );
}
