import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NubesError, systemReason } from '../errors.ts';

/** A new folder of which only the user can read what is in it. */
export async function temporaryFolder(kind: 'directory' | 'sandbox' | 'vm'): Promise<string> {
  const parent = tmpdir();
  return mkdtemp(join(parent, `nubes-nb-${kind}-`)).catch((error: unknown) => {
    const message = `No folder can be made in ${parent}, where the sandbox keeps its files: ${systemReason(error)}.`;
    throw new NubesError('CONFIGURATION', message, { hint: 'export TMPDIR=FOLDER' });
  });
}
