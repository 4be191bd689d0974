import { NubesError } from '../../errors.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { lastLines } from '../console/last-lines.ts';
import type { AdminDeps, AnyNotebook } from './list.ts';

/** The last lines of the VM's console, which are untrusted text. Throws NOT_FOUND if Nova has none. */
export async function consoleOf(
  { compute }: Pick<AdminDeps, 'compute'>,
  { id, key }: AnyNotebook,
  lines: number,
): Promise<readonly string[]> {
  const text = await servers.consoleOutput(compute, id, lines);
  if (text === undefined) {
    throw new NubesError('NOT_FOUND', `Nova has no console output of ${key} (yet).`, {
      hint: `nubes-nb admin show ${id}`,
    });
  }
  return lastLines(text, lines);
}
