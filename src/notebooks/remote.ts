import type { NubesError } from '../errors.ts';
import { withoutAlarm } from '../ssh/alarm.ts';
import { handOver, sshArgv } from '../ssh/client.ts';
import { commandLine } from '../ssh/quoting.ts';
import { strangeHost, unreachable } from './hops.ts';
import type { Desk } from './notebooks.ts';
import { reach } from './reach.ts';

/** What to run on a VM. */
export interface RemoteCommand {
  /** Lines for the account's shell there, joined by spaces; none: a shell to type in. */
  readonly command: readonly string[];
  /** With a terminal there although there is a command. */
  readonly tty: boolean;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

export interface RemoteEnd {
  /** The remote command's own, or 255 when ssh failed. */
  readonly exitCode: number;
  /** Why ssh failed. */
  readonly failure?: NubesError;
}

/** ssh's own exit code when it fails. */
const sshFailed = 255;

/** Runs a command, or a shell, on a notebook's VM with our own streams. */
export async function runThere(
  desk: Desk,
  reference: string,
  { command, tty, asks }: RemoteCommand,
): Promise<RemoteEnd> {
  const reached = await reach(desk, reference);
  const options = tty ? ['-t'] : [];
  let isStrange = false;
  const filter = withoutAlarm(() => {
    isStrange = true;
  });
  const argv = sshArgv(reached.target, { options, command, asks });
  const exitCode = await handOver(argv, desk.world, { filter });
  if (exitCode !== sshFailed) return { exitCode };
  const failure = isStrange ? strangeHost(reached) : await unreachable(desk, reached);
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
