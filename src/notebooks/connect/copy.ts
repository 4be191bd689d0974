import { constants } from 'node:os';
import { resolve } from 'node:path';
import { checkSource, ifRefused } from '../../bounded-file.ts';
import { interruption, NubesError, sentence } from '../../errors.ts';
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
  if (paths.direction === 'upload') requireSource(paths.local, deps.world);
  const connection = await requireSsh(deps, reference);
  const { exitCode, stderrTail, signal } = await scp(connection, paths, deps.world, asks);
  if (exitCode === 0) return;
  if (signal !== undefined) throw stopped(signal);
  const isConnection = /Connection closed|lost connection|closed by remote|publickey|verification/;
  const isLocal = /\blocal "/.test(stderrTail.at(-1) ?? '');
  if ((exitCode === 255 && !isLocal) || isConnection.test(stderrTail.join('\n'))) {
    throw await sshFailure(deps, connection, stderrTail);
  }
  const lastError = stderrTail.filter((line) => line.trim() !== '').at(-1);
  const reason = sentence(lastError?.replace(/^scp: /, ''), endOf(exitCode));
  const { name } = connection;
  throw new NubesError(codeFor(reason), `scp could not copy: ${reason}`, {
    hint: isLocal
      ? undefined
      : `paths on ${name} are relative to its home folder: ${name}:notebooks/data.csv`,
  });
}

/** scp would connect first, and end with 255, as for a failed connection. */
function requireSource(local: string, { cwd }: Deps['world']): void {
  ifRefused(
    () => checkSource(resolve(cwd, local)),
    ({ message }) => {
      throw new NubesError('USAGE', `${local} ${message}.`);
    },
  );
}

function codeFor(reason: string): 'NOT_FOUND' | 'NOT_ALLOWED' | 'CONFLICT' {
  if (/No such file/.test(reason)) return 'NOT_FOUND';
  return /[Pp]ermission denied/.test(reason) ? 'NOT_ALLOWED' : 'CONFLICT';
}

function stopped(signal: NodeJS.Signals): NubesError {
  const message =
    'Stopped copying; what was copied so far is left, and its last file may be incomplete.';
  return interruption(AbortSignal.abort(signal), message);
}

/** Of a program that says nothing. */
function endOf(exitCode: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => 128 + number === exitCode);
  return signal === undefined ? `exit code ${exitCode}` : `it was ended by ${signal[0]}`;
}
