import { NubesError } from '../../errors.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { runPiped, sshArgv } from '../../ssh/client.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { packagesLog } from '../first-boot/packages.ts';
import { nameOf } from '../identity.ts';
import { sshFailure } from './diagnose.ts';
import { exits, script } from './exec.ts';
import { requireSsh, type SshConnection } from './ssh-target.ts';

/** The logs of a VM: what Nova shows of its console, and those that only the VM itself has. */
export type LogSource = 'console' | RemoteLogSource;
export type RemoteLogSource = 'cloud-init' | 'jupyter' | 'packages';

/** Which lines of a log. */
export interface LogOptions {
  readonly source: LogSource;
  /** How many of the last lines. */
  readonly lines: number;
  /** Goes on with new lines until the world is interrupted; not for the console. */
  readonly follow: boolean;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

/** Tells a log's lines, oldest first, which are hostile text. Resolves to the notebook's name. */
export async function readLog(
  deps: Deps,
  reference: string,
  wish: LogOptions,
  heard: (line: string) => void,
): Promise<string> {
  const { source, lines } = wish;
  if (source !== 'console') return readThere(deps, reference, { ...wish, source }, heard);
  const server = await find(deps, reference);
  const name = nameOf(server);
  const text = await servers.consoleOutput(deps.compute, server.id, lines);
  if (text === undefined) {
    throw new NubesError('NOT_FOUND', `The cloud shows no console of ${name}, or not yet.`, {
      hint: `nubes-nb show ${name} tells its state.`,
    });
  }
  if (text !== '') for (const line of consoleLines(text).slice(-lines)) heard(line);
  return name;
}

function consoleLines(text: string): string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

async function readThere(
  deps: Deps,
  reference: string,
  { source, lines, follow, asks }: LogOptions & { readonly source: RemoteLogSource },
  heard: (line: string) => void,
): Promise<string> {
  const reached = await requireSsh(deps, reference);
  const command = script(scripts[source](lines, follow));
  const argv = sshArgv(reached.target, { command, asks });
  const { exitCode, stderrTail } = await runPiped(argv, deps.world, heard);
  if (exitCode === 0 || deps.world.interrupted.aborted) {
    for (const line of stderrTail) deps.warn(line);
    return reached.name;
  }
  throw await refused(deps, reached, source, exitCode, stderrTail);
}

/** Reading them takes rights that only some images give their accounts. */
const scripts: Readonly<Record<RemoteLogSource, (lines: number, follow: boolean) => string>> = {
  'cloud-init': (lines, follow) => `F=/var/log/cloud-init-output.log
[ -e "$F" ] || exit ${exits.notThere}
if [ -r "$F" ]; then exec tail -n ${lines}${follow ? ' -F' : ''} "$F"; fi
sudo -n true 2>/dev/null || exit ${exits.notAllowed}
exec sudo -n tail -n ${lines}${follow ? ' -F' : ''} "$F"`,
  jupyter: (
    lines,
    follow,
  ) => `set -- journalctl -u nubes-jupyter.service -n ${lines} --no-pager${follow ? ' -f' : ''}
if sudo -n true 2>/dev/null; then exec sudo -n "$@"; fi
exec "$@"`,
  // In the account's own home.
  packages: (lines, follow) => `[ -e ${packagesLog} ] || exit ${exits.notThere}
exec tail -n ${lines}${follow ? ' -F' : ''} ${packagesLog}`,
};

async function refused(
  deps: Deps,
  reached: SshConnection,
  source: RemoteLogSource,
  exitCode: number,
  stderrTail: readonly string[],
): Promise<NubesError> {
  const { name } = reached;
  const hint = `nubes-nb logs ${name} shows the console, which needs no rights on the VM.`;
  switch (exitCode) {
    case 255:
      return sshFailure(deps, reached, stderrTail);
    case exits.notAllowed:
      return new NubesError('NOT_ALLOWED', `Your account on ${name} may not read that log.`, {
        hint,
      });
    case exits.notThere:
      return new NubesError('NOT_FOUND', `There is no ${source} log on ${name}.`, { hint });
    default: {
      const why = stderrTail.at(-1) ?? `exit code ${exitCode}`;
      return new NubesError('SERVICE_ERROR', `The VM of ${name} cannot show it: ${why}.`, { hint });
    }
  }
}
