import type { NubesError } from '../../errors.ts';
import { runForeground, sshArgv } from '../../ssh/client.ts';
import { withoutHostKeyWarning } from '../../ssh/host-key-warning.ts';
import { commandLine } from '../../ssh/quoting.ts';
import type { Deps } from '../deps.ts';
import { hostKeyChanged, unreachable } from './diagnose.ts';
import { requireSsh } from './ssh-target.ts';

/** What to run on a VM. */
export interface RemoteCommand {
  /** Lines for the account's shell there, joined by spaces; none: a shell to type in. */
  readonly command: readonly string[];
  /** With a terminal there although there is a command. */
  readonly tty: boolean;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

export interface RemoteExit {
  /** The remote command's own, or 255 when ssh failed. */
  readonly exitCode: number;
  /** Why ssh failed. */
  readonly failure?: NubesError;
}

/** Exit codes of our own scripts on VMs, away from those that programs use; each means one thing. */
export const exits = {
  /** Jupyter's TLS does not take the certificate. */
  notTls: 75,
  notWritten: 76,
  notAllowed: 77,
  /** Jupyter does not answer in time. */
  late: 78,
  /** It did not come up with the change, and answers without it. */
  takenBack: 79,
  /** Its configuration knows no other token than the first. */
  notRenewable: 80,
  /** It came up neither with the change nor without it. */
  down: 81,
  notThere: 82,
} as const;

/** ssh's own exit code when it fails. */
const sshFailed = 255;

/** Runs a command, or a shell, on a notebook's VM with our own streams. */
export async function execRemote(
  deps: Deps,
  reference: string,
  { command, tty, asks }: RemoteCommand,
): Promise<RemoteExit> {
  const reached = await requireSsh(deps, reference);
  const options = tty ? ['-t'] : [];
  let isStrange = false;
  const filter = withoutHostKeyWarning(() => {
    isStrange = true;
  });
  const argv = sshArgv(reached.target, { options, command, asks });
  const exitCode = await runForeground(argv, deps.world, { filter });
  if (exitCode !== sshFailed) return { exitCode };
  const failure = isStrange ? hostKeyChanged(reached) : await unreachable(deps, reached);
  return { exitCode, failure };
}

/** A program's words as a line that the shell on the VM reads back as exactly these words. */
export function remoteWords(program: readonly string[]): string[] {
  return [commandLine(program, 'posix')];
}

/** A script for a POSIX shell, whatever the account's own shell is. */
export function script(text: string): string[] {
  return remoteWords(['sh', '-c', text]);
}
