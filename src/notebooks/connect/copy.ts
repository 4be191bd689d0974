import { NubesError } from '../../errors.ts';
import { type Copy, scp } from '../../ssh/scp.ts';
import type { Deps } from '../deps.ts';
import { sshFailure } from './diagnose.ts';
import { requireSsh } from './ssh-target.ts';

export type { Copy } from '../../ssh/scp.ts';

/** Copies a file or a folder to or from a notebook's VM. Throws what scp says against it. */
export async function copyFiles(
  deps: Deps,
  reference: string,
  what: Copy,
  asks: boolean,
): Promise<void> {
  if (/[\n\r\0]/.test(what.remote + what.local)) {
    throw new NubesError('USAGE', 'A path with a line break cannot be copied.', {
      hint: 'copy the folder that it is in.',
    });
  }
  const reached = await requireSsh(deps, reference);
  const { exitCode, stderrTail } = await scp(reached.target, what, deps.world, asks);
  if (exitCode === 0) return;
  const said = stderrTail.filter((line) => line.trim() !== '').at(-1) ?? `exit code ${exitCode}`;
  const isConnection = /Connection closed|lost connection|closed by remote|publickey|verification/;
  if (exitCode === 255 || isConnection.test(stderrTail.join('\n'))) {
    throw await sshFailure(deps, reached, stderrTail);
  }
  throw new NubesError(codeFor(said), `scp could not copy: ${said.replace(/^scp: /, '')}.`, {
    hint: `paths on ${reached.name} begin at its home folder: ${reached.name}:notebooks/data.csv`,
  });
}

function codeFor(said: string): 'NOT_FOUND' | 'NOT_ALLOWED' | 'CONFLICT' {
  if (/No such file/.test(said)) return 'NOT_FOUND';
  return /[Pp]ermission denied/.test(said) ? 'NOT_ALLOWED' : 'CONFLICT';
}
