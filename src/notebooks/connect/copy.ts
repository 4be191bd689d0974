import { NubesError, sentence } from '../../errors.ts';
import { type Copy, scp } from '../../ssh/scp.ts';
import type { Deps } from '../deps.ts';
import { requireSsh } from './ssh-connection.ts';
import { sshFailure } from './ssh-failure.ts';

export type { Copy } from '../../ssh/scp.ts';

/** Copies a file or a folder to or from a notebook's VM. Throws with scp's message if it fails. */
export async function copyFiles(
  deps: Deps,
  reference: string,
  paths: Copy,
  asks: boolean,
): Promise<void> {
  if (/[\n\r\0]/.test(paths.remote + paths.local)) {
    throw new NubesError('USAGE', 'Cannot copy a path that contains a line break.', {
      hint: 'copy its folder',
    });
  }
  const connection = await requireSsh(deps, reference);
  const { exitCode, stderrTail } = await scp(connection, paths, deps.world, asks);
  if (exitCode === 0) return;
  const isConnection = /Connection closed|lost connection|closed by remote|publickey|verification/;
  if (exitCode === 255 || isConnection.test(stderrTail.join('\n'))) {
    throw await sshFailure(deps, connection, stderrTail);
  }
  const lastError = stderrTail.filter((line) => line.trim() !== '').at(-1);
  const reason = sentence(lastError?.replace(/^scp: /, ''), `exit code ${exitCode}`);
  const { name } = connection;
  throw new NubesError(codeFor(reason), `scp could not copy: ${reason}`, {
    hint: `paths on ${name} are relative to its home folder: ${name}:notebooks/data.csv`,
  });
}

function codeFor(reason: string): 'NOT_FOUND' | 'NOT_ALLOWED' | 'CONFLICT' {
  if (/No such file/.test(reason)) return 'NOT_FOUND';
  return /[Pp]ermission denied/.test(reason) ? 'NOT_ALLOWED' : 'CONFLICT';
}
