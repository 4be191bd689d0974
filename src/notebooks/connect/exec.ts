import { commandLine } from '../../command-line.ts';
import type { NubesError } from '../../errors.ts';
import { runForeground, sshArgv } from '../../ssh/client.ts';
import { withoutHostKeyWarning } from '../../ssh/host-key-warning.ts';
import type { Deps } from '../deps.ts';
import { requireSsh } from './ssh-connection.ts';
import { commandFailure } from './ssh-failure.ts';

/** A command to run on a VM. */
export interface RemoteCommand {
  /** Joined by spaces for the account's shell; empty: an interactive shell. */
  readonly command: readonly string[];
  /** Allocate a terminal although there is a command. */
  readonly tty: boolean;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

export interface RemoteExit {
  /** The remote command's own, or 255 if ssh failed. */
  readonly exitCode: number;
  /** Why ssh failed. */
  readonly failure?: NubesError;
}

const sshFailed = 255;
/** ssh says at its end why it failed. */
const maxTailChars = 8_192;

/** Runs a command, or a shell, on a notebook's VM with our own streams. */
export async function execRemote(
  deps: Deps,
  reference: string,
  { command, tty, asks }: RemoteCommand,
): Promise<RemoteExit> {
  const connection = await requireSsh(deps, reference);
  const options = tty ? ['-t'] : [];
  let tail = '';
  const addToTail = (text: string) => {
    tail = (tail + text).slice(-maxTailChars);
  };
  const filter = withoutHostKeyWarning(addToTail);
  filter.on('data', (chunk: Buffer) => addToTail(chunk.toString()));
  const argv = sshArgv(connection, { options, command, asks });
  const exitCode = await runForeground(argv, deps.world, { filter });
  if (exitCode !== sshFailed) return { exitCode };
  const failure = await commandFailure(deps, connection, tail.split('\n'));
  return failure === undefined ? { exitCode } : { exitCode, failure };
}

/** A program's arguments as a line that the shell on the VM splits into exactly these. */
export function remoteWords(program: readonly string[]): string[] {
  return [commandLine(program)];
}
